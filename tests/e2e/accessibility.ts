/** What axe complains of on a page. */
import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

/** A line for each element and rule that it breaks; of what axe cannot decide, nothing. */
export async function findAxeViolations(page: Page): Promise<string[]> {
  // Evaluated by the browser's debugger, which the content policy does not bind.
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>(`axe.run({ resultTypes: ['violations'] })`)
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, any }) => `${id} (${help}): ${target.join(' ')} ${any[0]?.message ?? ''}`.trim()),
  )
}
