/** Where a request came from, as the account's own lists of sessions and events show it. */
import { getParser } from 'bowser'
import type { Context } from 'koa'

const USER_AGENT_MOST = 256
const MAPPED_IPV4 = /^::ffff:(?=[0-9]+\.)/

export interface Origin {
  /** IP address. */
  readonly address: string
  /** As the browser calls itself: printable ASCII, at most 256 characters. */
  readonly userAgent: string
}

/** The operator at the command line. */
export const COMMAND_LINE: Origin = { address: 'local', userAgent: 'command line' }

export const originOf = (ctx: Context): Origin => ({
  address: ctx.ip.replace(MAPPED_IPV4, ''),
  userAgent: ctx
    .get('User-Agent')
    .replace(/[^\x20-\x7E]/g, '')
    .slice(0, USER_AGENT_MOST),
})

/** "Firefox on Windows", or as much of it as can be told. */
export function describeBrowser(userAgent: string): string {
  if (userAgent === '') return 'Unknown browser'
  if (userAgent === COMMAND_LINE.userAgent) return 'Command line'
  const parser = getParser(userAgent)
  const name = parser.getBrowserName() || 'Unknown browser'
  const system = parser.getOSName()
  return system ? `${name} on ${system}` : name
}
