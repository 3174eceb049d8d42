/** A deliberate bug, and the test that has to notice it. */
export interface Mutant {
  readonly name: string
  readonly edits: readonly Edit[]
  readonly killedBy: Killer
}

export interface Edit {
  /** Path from the top of the tree. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly put: string
}

export interface Killer {
  /** Path of a test file, without `.test.ts`. */
  readonly file: string
  /** A part of the test's full name. */
  readonly title: string
}

export const edit = (file: string, find: string, put: string): Edit => ({ file, find, put })

/** Applies the edits to texts by file. Throws when a text to find does not stand in its file exactly once. */
export function applyEdits(edits: readonly Edit[], read: (file: string) => string): Map<string, string> {
  const texts = new Map<string, string>()
  for (const { file, find, put } of edits) {
    const text = texts.get(file) ?? read(file)
    const count = text.split(find).length - 1
    if (count !== 1) throw new Error(`${file} holds ${count} times: ${find}`)
    texts.set(
      file,
      text.replace(find, () => put),
    )
  }
  return texts
}
