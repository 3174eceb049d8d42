/** Does `work` every `everyMs`; a turn that comes while the one before is at work is left out. `work` never rejects. */
export function repeat(everyMs: number, work: () => Promise<unknown>): () => void {
  let isAtWork = false
  const timer = setInterval(() => {
    if (isAtWork) return
    isAtWork = true
    void work().finally(() => {
      isAtWork = false
    })
  }, everyMs)
  return () => clearInterval(timer)
}
