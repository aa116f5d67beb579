// The links in messages: to confirm and to end a subscription, and to the certificate that signatures are checked with.
// Whoever holds the link of a message may do what it says, as on AWS; so each carries a secret of its subscription.

/** `http://127.0.0.1:4566`, or what the operator says that the platform is reached as. */
export type PublicUrl = string;

/** Pages for people. AWS has them at the root, where a bucket may be here. */
export const CONFIRMATION_PAGE = '/_mayfly/sns/confirmation.html';
export const UNSUBSCRIBE_PAGE = '/_mayfly/sns/unsubscribe.html';
/** No bucket's name has capitals. */
const CERTIFICATE = /^\/SimpleNotificationService-([0-9a-f]{32})\.pem$/;

export function confirmUrl(base: PublicUrl, topicArn: string, token: string): string {
  return `${base}/?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${token}`;
}

export function unsubscribeUrl(base: PublicUrl, subscriptionArn: string, token: string): string {
  return `${base}/?Action=Unsubscribe&SubscriptionArn=${subscriptionArn}&Token=${token}`;
}

export function confirmationPageUrl(base: PublicUrl, topicArn: string, token: string): string {
  return `${base}${CONFIRMATION_PAGE}?TopicArn=${topicArn}&Token=${token}`;
}

export function unsubscribePageUrl(base: PublicUrl, subscriptionArn: string, token: string): string {
  return `${base}${UNSUBSCRIBE_PAGE}?SubscriptionArn=${subscriptionArn}&Token=${token}`;
}

export function certificateUrl(base: PublicUrl, fingerprint: string): string {
  return `${base}/SimpleNotificationService-${fingerprint}.pem`;
}

/** The fingerprint that a path names, or undefined for any other path. */
export function certificateIn(path: string): string | undefined {
  return CERTIFICATE.exec(path)?.[1];
}
