// Who may call a function URL: the one place where this is decided.
//
// AuthType NONE means that nobody has to sign, not that everybody may: the function's policy must allow principal * both
// lambda:InvokeFunctionUrl (for AuthType NONE) and lambda:InvokeFunction (through a URL). AWS asks for both since October 2025; URLs
// that were older had an exception until 1 November 2026, which is over, so no policy is spared here either.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
//
// AuthType AWS_IAM: the account's root may, and so may its functions, for whom role policies are not evaluated yet.

import { decide } from '#identity';
import type { Principal } from '#identity';
import type { Invocables, InvocableFunction, ResolvedFunctionUrl } from '#registry';

export type UrlAccess = { readonly kind: 'allowed' } | { readonly kind: 'denied'; readonly missing: string };

const ALLOWED: UrlAccess = { kind: 'allowed' };
const ACTIONS = ['lambda:InvokeFunctionUrl', 'lambda:InvokeFunction'] as const;

export class UrlGate {
  readonly #policyAllows: Invocables['policyAllows'];
  /** A resolution is replaced by another object when anything about its function changes, its policy included. */
  readonly #public = new WeakMap<InvocableFunction, UrlAccess>();

  constructor(invocables: Pick<Invocables, 'policyAllows'>) {
    this.#policyAllows = (question) => invocables.policyAllows(question);
  }

  /** What was decided about everybody, where it was decided before. */
  known(invocable: InvocableFunction): UrlAccess | undefined {
    return this.#public.get(invocable);
  }

  async everybody(url: ResolvedFunctionUrl, invocable: InvocableFunction): Promise<UrlAccess> {
    const access = await this.#everybody(url);
    this.#public.set(invocable, access);
    return access;
  }

  signed(principal: Principal, url: ResolvedFunctionUrl): UrlAccess {
    if (principal.kind === 'anonymous' || principal.account !== url.scope.account)
      return { kind: 'denied', missing: 'a signature of this account' };
    const decision = decide(principal, { service: 'lambda', operation: 'Invoke' });
    return decision.kind === 'allowed' ? ALLOWED : { kind: 'denied', missing: decision.reason };
  }

  async #everybody({ scope, name, qualifier, authType }: ResolvedFunctionUrl): Promise<UrlAccess> {
    for (const action of ACTIONS) {
      const isAllowed = await this.#policyAllows({
        scope,
        function: name,
        qualifier,
        action,
        principal: { kind: 'anonymous' },
        functionUrlAuthType: authType,
        viaFunctionUrl: true,
      });
      if (!isAllowed) return { kind: 'denied', missing: `a policy statement that allows principal * ${action}` };
    }
    return ALLOWED;
  }
}
