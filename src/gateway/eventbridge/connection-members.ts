// The authorization of a connection between the wire and the room.

import type {
  ConnectionAuthResponseParameters,
  ConnectionHttpParameters,
  UpdateConnectionAuthRequestParameters,
} from '@aws-sdk/client-eventbridge';
import type { Authorization, ConnectionRecord, ConnectionSettings, Parameter, Parameters, Secrets } from '#buses';
import { ApiError } from '#kernel';
import { refuse } from './operation.ts';

type AuthorizationType = Authorization['kind'];

/** What was there before: an update says what changes. */
export interface Before {
  readonly record: ConnectionRecord;
  readonly secrets: Secrets | undefined;
}

export function settingsOf(
  type: AuthorizationType,
  given: UpdateConnectionAuthRequestParameters,
  before?: Before,
): Omit<ConnectionSettings, 'description'> {
  if (given.ConnectivityParameters !== undefined)
    throw refuse('ConnectivityParameters', 'there are no private networks of VPC Lattice here.');
  const invocation =
    given.InvocationHttpParameters === undefined ? before?.secrets?.invocation : parametersOf(given.InvocationHttpParameters);
  const kept = before?.record.authorization.kind === type ? before : undefined;
  return { ...authorizationOf(type, given, kept), invocation };
}

function authorizationOf(
  type: AuthorizationType,
  { BasicAuthParameters: basic, ApiKeyAuthParameters: key, OAuthParameters: oauth }: UpdateConnectionAuthRequestParameters,
  kept: Before | undefined,
): Pick<ConnectionSettings, 'authorization' | 'secret'> {
  const before = kept?.record.authorization;
  const secret = (given: string | undefined, name: string) => given ?? kept?.secrets?.secret ?? missing(name);
  switch (type) {
    case 'BASIC': {
      const username = basic?.Username ?? (before?.kind === type ? before.username : missing('BasicAuthParameters.Username'));
      return { authorization: { kind: type, username }, secret: secret(basic?.Password, 'BasicAuthParameters.Password') };
    }
    case 'API_KEY': {
      const header = key?.ApiKeyName ?? (before?.kind === type ? before.header : missing('ApiKeyAuthParameters.ApiKeyName'));
      return { authorization: { kind: type, header }, secret: secret(key?.ApiKeyValue, 'ApiKeyAuthParameters.ApiKeyValue') };
    }
    case 'OAUTH_CLIENT_CREDENTIALS': {
      const known = before?.kind === type ? before : undefined;
      const client = oauth?.ClientParameters;
      const endpoint = oauth?.AuthorizationEndpoint ?? known?.endpoint ?? missing('OAuthParameters.AuthorizationEndpoint');
      if (!/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
        throw invalid('Parameter AuthorizationEndpoint is not valid. Reason: It must be an HTTP or HTTPS URL.');
      return {
        authorization: {
          kind: type,
          clientId: client?.ClientID ?? known?.clientId ?? missing('OAuthParameters.ClientParameters.ClientID'),
          endpoint,
          method: oauth?.HttpMethod ?? known?.method ?? missing('OAuthParameters.HttpMethod'),
          parameters: oauth?.OAuthHttpParameters === undefined ? kept?.secrets?.token : parametersOf(oauth.OAuthHttpParameters),
        },
        secret: secret(client?.ClientSecret, 'OAuthParameters.ClientParameters.ClientSecret'),
      };
    }
    default:
      return type satisfies never;
  }
}

function missing(name: string): never {
  throw invalid(`Parameter AuthParameters is not valid. Reason: ${name} is required for this authorization type.`);
}

function invalid(message: string): ApiError {
  return new ApiError('ValidationException', message, { status: 400 });
}

interface ParameterMember {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
  readonly IsValueSecret?: boolean | undefined;
}

function parametersOf({ HeaderParameters, QueryStringParameters, BodyParameters }: ConnectionHttpParameters): Parameters {
  const list = (members: readonly ParameterMember[] = []) =>
    members.map(({ Key = '', Value = '', IsValueSecret = false }): Parameter => ({
      key: Key,
      value: Value,
      isSecret: IsValueSecret,
    }));
  return { headers: list(HeaderParameters), query: list(QueryStringParameters), body: list(BodyParameters) };
}

/** Without a secret: they have been left out before. */
export function shownAuthorization({ authorization, invocation }: ConnectionRecord): ConnectionAuthResponseParameters {
  const shown = invocation === undefined ? {} : { InvocationHttpParameters: parameterMembers(invocation) };
  switch (authorization.kind) {
    case 'BASIC':
      return { BasicAuthParameters: { Username: authorization.username }, ...shown };
    case 'API_KEY':
      return { ApiKeyAuthParameters: { ApiKeyName: authorization.header }, ...shown };
    case 'OAUTH_CLIENT_CREDENTIALS':
      return {
        OAuthParameters: {
          ClientParameters: { ClientID: authorization.clientId },
          AuthorizationEndpoint: authorization.endpoint,
          HttpMethod: authorization.method as 'GET' | 'POST' | 'PUT',
          ...(authorization.parameters === undefined ? {} : { OAuthHttpParameters: parameterMembers(authorization.parameters) }),
        },
        ...shown,
      };
    default:
      return authorization satisfies never;
  }
}

function parameterMembers({ headers, query, body }: Parameters): ConnectionHttpParameters {
  const list = (parameters: readonly Parameter[]) =>
    parameters.map(({ key, value, isSecret }) => ({
      Key: key,
      ...(value === undefined ? {} : { Value: value }),
      IsValueSecret: isSecret,
    }));
  return {
    ...(headers.length === 0 ? {} : { HeaderParameters: list(headers) }),
    ...(query.length === 0 ? {} : { QueryStringParameters: list(query) }),
    ...(body.length === 0 ? {} : { BodyParameters: list(body) }),
  };
}
