/**
 * The wire's version and its history, a line per change. Schemas only grow; the server ships before the clients.
 *
 * 1  first version
 */
export const WIRE_VERSION = 1
