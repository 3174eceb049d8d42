/**
 * What the steps of a person ask of a page, in whichever browser it is: the part of Playwright's `Page` and `Locator` that
 * every driver of the tests has. `L` is the driver's own locator.
 */

export interface TextMatch {
  readonly exact?: boolean
}

/** A role of WAI-ARIA, as far as the steps ask for it. */
export type Role =
  | 'alert'
  | 'button'
  | 'dialog'
  | 'heading'
  | 'img'
  | 'link'
  | 'list'
  | 'listitem'
  | 'log'
  | 'menuitem'
  | 'navigation'

export interface AppScope<L> {
  getByRole(role: Role, options?: { name?: string | RegExp } & TextMatch): L
  getByLabel(text: string, options?: TextMatch): L
  getByText(text: string, options?: TextMatch): L
  locator(selector: string, options?: { has?: L }): L
}

/** Elements, looked for anew at each use. What acts on one waits for it, and refuses to choose among several. */
export interface AppLocator<L> extends AppScope<L> {
  first(): L
  filter(options: { hasText: string | RegExp }): L
  click(): Promise<void>
  check(): Promise<void>
  /** Replaces what a field holds. */
  fill(text: string): Promise<void>
  /** Presses `Enter` in the element. */
  press(key: string): Promise<void>
  getAttribute(name: string): Promise<string | null>
  isVisible(): Promise<boolean>
  isEditable(): Promise<boolean>
  allTextContents(): Promise<string[]>
  waitFor(options?: {
    state?: 'visible' | 'hidden' | 'detached' | 'attached'
    timeout?: number
  }): Promise<void>
}

/** A tab with the app in it. */
export interface AppPage<L> extends AppScope<L> {
  goto(address: string): Promise<unknown>
  reload(): Promise<unknown>
  close(): Promise<void>
  waitForTimeout(timeoutMs: number): Promise<void>
  /** Runs `work`, which may use nothing from outside itself, in the page. */
  evaluate<Result>(work: () => Result | Promise<Result>): Promise<Result>
}

/** A person's browser, whose folder outlives it. */
export interface AppProfile<P> {
  /** What pages wrote to the console, over all openings. */
  readonly consoleLines: readonly string[]
  /** Opens the browser. Gives its first tab. */
  openFirstPage(): Promise<P>
  /** Opens a page in a new tab. */
  openPage(address: string): Promise<P>
  /** Closes the browser as a person does. */
  close(): Promise<void>
  /** Ends all its processes at once, as a power cut would. */
  kill(): Promise<void>
}
