/**
 * The wire's version and its history, a line per change. Schemas only grow; the server ships before the clients.
 *
 * 1  first version
 *    prekeys: their three routes, the refusal too_many_draws, the envelope's step `prekey`
 */
export const WIRE_VERSION = 1
