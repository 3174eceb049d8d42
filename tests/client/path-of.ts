/** What a call of `fetch` asks for; the api gives paths. */
export function pathOf(input: string | URL | Request): string {
  if (typeof input === 'string') return input
  return input instanceof URL ? input.href : input.url
}
