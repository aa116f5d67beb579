// What TestState shows of an HTTP task: the request and the answer as texts. https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionDataRequest.html

export type InspectedRequest = {
  readonly protocol: string;
  readonly method: string;
  readonly url: string;
  /** `[name: value, name: value]` */
  readonly headers: string;
  readonly body?: string;
};

export type InspectedResponse = {
  readonly protocol: string;
  readonly statusCode: string;
  readonly statusMessage: string;
  readonly headers: string;
  readonly body: string;
};

export type InspectedHttp = { readonly request: InspectedRequest; readonly response: InspectedResponse | undefined };
