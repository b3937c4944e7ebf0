/** Learns how far the server's clock is from this one, from the `Date` headers of responses. */
export class Clock {
  #low = Number.NEGATIVE_INFINITY;
  #high = Number.POSITIVE_INFINITY;

  /**
   * Takes the `Date` header of a response to a request that was sent at `sent`. The header has whole seconds, so each
   * response bounds the offset to a second and its round trip; together they bound it more narrowly.
   */
  learn(headers: Headers, sent: number, received: number): void {
    const date = Date.parse(headers.get("date") ?? "");
    // A response from a cache has the time at which it was made.
    const cached = headers.has("age") || /max-age=[1-9]/.test(headers.get("cache-control") ?? "");
    if (Number.isNaN(date) || cached || received < sent) return;
    const [low, high] = [date - received, date + 1000 - sent];
    const contradicts = low > this.#high || high < this.#low;
    // One of the clocks was set meanwhile: what was learned before is void.
    this.#low = contradicts ? low : Math.max(low, this.#low);
    this.#high = contradicts ? high : Math.min(high, this.#high);
  }

  /** Milliseconds to add to this machine's time to get the server's. */
  get offset(): number {
    return Number.isFinite(this.#low) ? (this.#low + this.#high) / 2 : 0;
  }

  now(): number {
    return Date.now() + this.offset;
  }
}
