/** A value that changes. `subscribe` tells the present value soon, then each new one; it returns the way to stop. */
export interface Live<T> {
  subscribe(listener: (value: T) => void): () => void
}
