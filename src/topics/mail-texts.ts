// What people read who subscribed with their address. Pure.

/** The lines of a mail's head that say of it what it is, and its text. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
}

export const CONFIRMATION_SUBJECT = 'AWS Notification - Subscription Confirmation';
export const CANCELLATION_SUBJECT = 'AWS Notification - Unsubscribe Confirmation';
/** Where the publisher named none. */
export const NOTIFICATION_SUBJECT = 'AWS Notification Message';

export function confirmationMail(topicArn: string, confirmUrl: string): Mail {
  return {
    subject: CONFIRMATION_SUBJECT,
    text:
      `You have chosen to subscribe to the topic:\n${topicArn}\n\n` +
      `To confirm this subscription, click or visit the link below (If this was in error no action is necessary):\n${confirmUrl}\n`,
  };
}

export function cancellationMail(topicArn: string, restoreUrl: string): Mail {
  return {
    subject: CANCELLATION_SUBJECT,
    text:
      `Your subscription to the topic below has been deleted:\n${topicArn}\n\n` +
      `If this was not your intention, click or visit the link below to subscribe again:\n${restoreUrl}\n`,
  };
}

export function notificationMail(subject: string | undefined, text: string, unsubscribeUrl: string): Mail {
  return {
    subject: subject ?? NOTIFICATION_SUBJECT,
    text:
      `${text}\n\n--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:\n` +
      `${unsubscribeUrl}\n\nPlease do not reply directly to this email.\n`,
  };
}
