/** What wapiti complains of on loopback without being right, line by line. */
export const EXPLAINED: Readonly<Record<string, string>> = {
  'HTTP Secure Headers: /: Strict-Transport-Security is not set':
    'Browsers ignore it over http. It is sent where the public origin is https: server/session.test.ts.',
  'HTTP Secure Headers: /: X-Frame-Options is not set':
    "frame-ancestors 'none' in the content policy of every response says it, and wins where both are there.",
  'HTTP Secure Headers: /: X-XSS-Protection is not set':
    'It switched on a filter that browsers have taken out again, because it could be used to break pages.',
  'Secure Flag cookie: /: Secure flag is not set in the cookie : session':
    'http exists on loopback only, where such a cookie would not come back. With https it is set: server/session.test.ts.',
}
