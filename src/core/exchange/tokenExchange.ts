/** A service account's token, shown to Entra by a client that is to trust it. */
export interface ExchangeRequest {
  /** The identity's tenant. */
  tenant: string;
  clientID: string;
  /** The service account's token: never kept, never told. */
  assertion: string;
}

/** Entra's no, and why. */
export interface ExchangeRefusal {
  /** 400 or 401. */
  status: number;
  /** As `invalid_client`. */
  error: string;
  /** The numbers of AADSTS. Microsoft warns that they change: what they say is held against what can be seen. */
  codes: number[];
  /** Entra's first sentences, without trace ids. */
  message: string;
}

/** The token itself is dropped where it arrives: that there is one is all that is asked for. */
export type ExchangeAnswer = { expiresInSeconds: number } | ExchangeRefusal;

export interface TokenExchange {
  /** What the tokens are asked for: any resource that the cloud has will do. */
  readonly exchangeScope: string;
  /** One request, with no memory of those before. Throws `ApiError` for what is not Entra's own yes or no. */
  exchangeToken(request: ExchangeRequest): Promise<ExchangeAnswer>;
}
