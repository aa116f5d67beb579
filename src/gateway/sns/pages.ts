// The few pages that people see who follow the links of mails.

export function confirmedPage(subscriptionArn: string): string {
  return page(
    'Subscription confirmed!',
    `<p>You have successfully subscribed.</p><p>Your subscription's id is:<br>${escape(subscriptionArn)}</p>`,
  );
}

export function question(subscriptionArn: string): string {
  return page(
    'End this subscription?',
    `<p>${escape(subscriptionArn)}</p><form method="post"><button type="submit">Unsubscribe</button></form>`,
  );
}

export function endedPage(subscriptionArn: string): string {
  return page('Subscription removed!', `<p>You will get no more messages of this subscription:<br>${escape(subscriptionArn)}</p>`);
}

export function failedPage(reason: string | undefined): string {
  return page('This did not work', `<p>${escape(reason ?? 'Something went wrong here. Please try again later.')}</p>`);
}

function page(title: string, body: string): string {
  return `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>${escape(title)}</title>\n<h1>${escape(title)}</h1>\n${body}\n</html>\n`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
