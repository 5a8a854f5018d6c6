/** Types from a model or an engine: the public function. What it does is loaded when it is first called. */

/** Options of {@link typesOf}. */
export interface TypesOptions {
  /** What the interface is called. Default: from the file's name, `digits.onnx` gives `Digits`; `Model` for bytes. */
  readonly name?: string | undefined;
}

/**
 * Writes the TypeScript types of a model or an engine, for `createSession<Digits>('digits.onnx')`: `run` then checks names, element types
 * and ranks at compile time, and results are typed likewise. Needs neither a backend nor the addon.
 *
 * @param model - Path of an ONNX file, external data beside it; or its bytes, which must not change until the promise settles.
 * Or path of an engine file whose manifest lies beside it: it says what goes in and out, and must describe this very engine.
 * @returns Text of a `.d.ts` file with one exported interface. Symbolic dimensions are in the comments; a sequence, map,
 * optional or sparse tensor has the type `never`, as a session takes and gives none.
 * @throws EngineryError `ENGINERY_INVALID_OPTION`, and what {@link inspectFile} throws: `ENGINERY_INVALID_MODEL`,
 * `ENGINERY_EXTERNAL_DATA`, `ENGINERY_FILE_NOT_FOUND`, `ENGINERY_FILE_UNREADABLE`, `ENGINERY_INVALID_ARGUMENT`; of an engine
 * `ENGINERY_INVALID_PLAN`, `ENGINERY_INVALID_MANIFEST`, and `ENGINERY_FILE_NOT_FOUND` also where it has no manifest.
 * @example
 * ```ts
 * await writeFile('digits.d.ts', await typesOf('digits.onnx'));
 * // export interface Digits extends ModelTypes {
 * //   inputs: { image: TensorOf<'float32', 4> };
 * //   outputs: { logits: TensorOf<'float32', 2> };
 * // }
 * ```
 */
export async function typesOf(model: string | Uint8Array, options: TypesOptions = {}): Promise<string> {
  const { readTypes } = await import('./read-types.js');
  return readTypes(model, options);
}
