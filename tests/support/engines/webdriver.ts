/**
 * W3C WebDriver, the protocol that Firefox and WebKitGTK share. Only the ways differ: WebKitWebDriver takes HTTP, and Firefox takes
 * the same commands over a socket that it calls Marionette (https://www.w3.org/TR/webdriver2/).
 */

/** Method, path after the session, and Firefox's name of each command that the tests use. `:x` in a path is a parameter. */
export const COMMANDS = {
  navigate: ['POST', '/url', 'WebDriver:Navigate'],
  execute: ['POST', '/execute/async', 'WebDriver:ExecuteAsyncScript'],
  find: ['POST', '/execute/sync', 'WebDriver:ExecuteScript'],
  click: ['POST', '/element/:id/click', 'WebDriver:ElementClick'],
  type: ['POST', '/element/:id/value', 'WebDriver:ElementSendKeys'],
  openTab: ['POST', '/window/new', 'WebDriver:NewWindow'],
  switchTab: ['POST', '/window', 'WebDriver:SwitchToWindow'],
  closeTab: ['DELETE', '/window', 'WebDriver:CloseWindow'],
  currentTab: ['GET', '/window', 'WebDriver:GetWindowHandle'],
  resize: ['POST', '/window/rect', 'WebDriver:SetWindowRect'],
  picture: ['GET', '/screenshot', 'WebDriver:TakeScreenshot'],
} as const

export type Command = keyof typeof COMMANDS
export type Parameters = Readonly<Record<string, unknown>>

/** One driven browser. */
export interface WebDriver {
  /** Gives what the browser answers. Throws `WebDriverError` when it refuses. */
  send(command: Command, parameters?: Parameters): Promise<unknown>
  /** Lets the browser go; the way in which it ends is the engine's. */
  close(): Promise<void>
}

/** A refusal; `code` is one of the protocol's. */
export class WebDriverError extends Error {
  override readonly name = 'WebDriverError'
  readonly code: string

  constructor(code: string, message: string) {
    super(`${code}: ${message}`)
    this.code = code
  }
}

/** The member by which the protocol knows a reference to an element. */
export const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
