/**
 * The wire's version and its history, a line per change. Schemas only grow; the server ships before the clients.
 *
 * 1  first version
 *    prekeys: their three routes, the refusal too_many_draws, the envelope's step `prekey`
 *    passkeys and security keys: their five routes, their refusals, the second factor `webauthn`, `key` of an authenticator
 *    several authenticator apps: `removeTotp`, name and `replaces` in `confirmTotp`, `app` of an authenticator
 *    suspension of what was lost: its three routes, `suspendedAt` of an authenticator
 */
export const WIRE_VERSION = 1
