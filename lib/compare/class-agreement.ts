/** Whether two classifiers choose the same class, row by row. */

/** Classes of B among which A's first choice is looked for. */
const AMONG = 5;

/** Takes rows of scores element by element, so that a row may come in pieces. */
export class ClassAgreement {
  /** Rows seen. */
  rows = 0;
  /** Rows in which both put the same class first. */
  same = 0;
  /** Rows in which A's first class is among B's first five. */
  among = 0;
  readonly #classes: number;
  #index = 0;
  #first = -1;
  #score = Number.NEGATIVE_INFINITY;
  /** B's best classes so far, best first, and their scores. */
  readonly #best: number[] = [];
  readonly #scores: number[] = [];

  /** @param classes - Elements of a row. */
  constructor(classes: number) {
    this.#classes = classes;
  }

  /** Takes the next element of both. Of equal scores the lower class comes first; NaN never does. */
  add(a: number, b: number): void {
    if (a > this.#score || (this.#first < 0 && a === this.#score)) {
      this.#first = this.#index;
      this.#score = a;
    }
    this.#rank(b);
    this.#index += 1;
    if (this.#index === this.#classes) this.#endRow();
  }

  #rank(score: number): void {
    if (Number.isNaN(score)) return;
    if (this.#best.length === AMONG && score <= (this.#scores[AMONG - 1] as number)) return;
    let place = this.#scores.length;
    while (place > 0 && score > (this.#scores[place - 1] as number)) place -= 1;
    this.#best.splice(place, 0, this.#index);
    this.#scores.splice(place, 0, score);
    if (this.#best.length > AMONG) {
      this.#best.pop();
      this.#scores.pop();
    }
  }

  #endRow(): void {
    this.rows += 1;
    if (this.#first === (this.#best[0] ?? -1)) this.same += 1;
    if (this.#first < 0 ? this.#best.length === 0 : this.#best.includes(this.#first)) this.among += 1;
    this.#index = 0;
    this.#first = -1;
    this.#score = Number.NEGATIVE_INFINITY;
    this.#best.length = 0;
    this.#scores.length = 0;
  }
}
