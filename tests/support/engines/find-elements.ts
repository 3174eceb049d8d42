/** How the driven engines find what a person means. Playwright brings such a search of its own. */

export interface Words {
  readonly text: string
  /** Flags of a regular expression; null when `text` is plain. */
  readonly flags: string | null
  readonly isExact: boolean
}

/** One step from elements to those within them, or a choice among them. */
export type Step =
  | { readonly by: 'role'; readonly role: string; readonly name: Words | null }
  | { readonly by: 'label' | 'text'; readonly words: Words }
  | { readonly by: 'selector'; readonly selector: string }
  | { readonly by: 'has'; readonly steps: readonly Step[] }
  | { readonly by: 'containing'; readonly words: Words }
  | { readonly by: 'first' }

/** Runs inside the page, as text: it may use nothing from outside of itself. */
export function findElements(steps: readonly Step[]): Element[] {
  const IMPLICIT: Readonly<Record<string, string>> = {
    button: 'button',
    dialog: 'dialog',
    heading: 'h1, h2, h3',
    img: 'img',
    link: 'a[href]',
    list: 'ol, ul',
    listitem: 'li',
    navigation: 'nav',
  }
  const tidy = (text: string | null): string => (text ?? '').replaceAll(/\s+/g, ' ').trim()

  const says = (text: string, words: Words): boolean => {
    if (words.flags !== null) return new RegExp(words.text, words.flags).test(text)
    return words.isExact ? text === words.text : text.toLowerCase().includes(words.text.toLowerCase())
  }
  const namesOf = (element: Element): string[] => {
    const ids = element.getAttribute('aria-labelledby')?.split(' ') ?? []
    const labels = 'labels' in element ? [...((element.labels as NodeListOf<Element> | null) ?? [])] : [] // of form fields
    const given = [...ids.map((id) => document.getElementById(id)), ...labels].map((one) =>
      tidy(one?.textContent ?? ''),
    )
    return [element.getAttribute('aria-label') ?? '', ...given].map(tidy).filter((name) => name !== '')
  }
  const nameOf = (element: Element): string => namesOf(element)[0] ?? tidy(element.textContent)

  const within = (scope: ParentNode, selector: string): Element[] => [...scope.querySelectorAll(selector)]
  const byRole = (scope: ParentNode, role: string, name: Words | null): Element[] =>
    within(scope, [`[role~=${role}]`, IMPLICIT[role]].filter(Boolean).join(', '))
      .filter((element) => (element.getAttribute('role') ?? role) === role)
      .filter((element) => element.checkVisibility() && !element.closest('[aria-hidden=true]'))
      .filter((element) => name === null || says(nameOf(element), name))
  const byText = (scope: ParentNode, words: Words): Element[] => {
    const isMatch = (element: Element): boolean => says(tidy(element.textContent), words)
    return within(scope, '*').filter(
      (element) =>
        isMatch(element) && ![...element.children].some(isMatch) && !element.closest('head, script'),
    )
  }

  const take = (scopes: readonly ParentNode[], step: Step): Element[] => {
    const elements = scopes.filter((scope): scope is Element => scope instanceof Element)
    switch (step.by) {
      case 'role':
        return scopes.flatMap((scope) => byRole(scope, step.role, step.name))
      case 'label':
        return scopes
          .flatMap((scope) => within(scope, '*'))
          .filter((element) => namesOf(element).some((name) => says(name, step.words)))
      case 'text':
        return scopes.flatMap((scope) => byText(scope, step.words))
      case 'selector':
        return scopes.flatMap((scope) => within(scope, step.selector))
      case 'has':
        return elements.filter((element) => follow([element], step.steps).length > 0)
      case 'containing':
        return elements.filter((element) => says(tidy(element.textContent), step.words))
      case 'first':
        return elements.slice(0, 1)
    }
  }
  const follow = (scopes: readonly ParentNode[], left: readonly Step[]): Element[] =>
    [...new Set(left.reduce(take, scopes))] as Element[] // every list of steps begins with a search, which gives elements

  return follow([document], steps)
}
