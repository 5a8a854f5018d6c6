/** Obtaining runtime libraries: the public functions. What they do is loaded when they are first called. */

/** Libraries that {@link setupLibrary} can obtain. */
export type ObtainableProduct = 'tensorrt-rtx' | 'onnxruntime';

/** A library that {@link setupLibrary} obtained. */
export interface ObtainedLibrary {
  readonly product: ObtainableProduct;
  readonly version: string;
  readonly folder: string;
  /** The library itself. */
  readonly path: string;
  /** Of all files together. */
  readonly bytes: number;
}

/** What will be downloaded: told before it is. */
export interface SetupPlan {
  readonly product: ObtainableProduct;
  readonly title: string;
  readonly vendor: string;
  /** As asked for; a short one (`1.6`) means the newest that begins so. */
  readonly version: string;
  /** The Python package's name. */
  readonly wheel: string;
  /** Which licence, and what it means. */
  readonly licence: string;
  /** Null for a version this release does not know. */
  readonly downloadBytes: number | null;
  readonly unpackedBytes: number | null;
  /** Where it will be. */
  readonly folder: string;
}

/** How far a setup is: first `plan`, before anything is downloaded. */
export type SetupProgress =
  | { readonly phase: 'plan'; readonly plan: SetupPlan }
  | {
      readonly phase: 'download' | 'unpack' | 'verify';
      readonly bytes: number;
      /** Null while unknown. */
      readonly totalBytes: number | null;
    };

/** Options of {@link setupLibrary}. */
export interface SetupOptions {
  /** Full, or the beginning of one: `1.6`. By default the newest this release was tested with. */
  readonly version?: string | undefined;
  /** Called as the setup goes on. What it throws stops the setup and is what it rejects with. */
  readonly onProgress?: ((progress: SetupProgress) => void) | undefined;
  /** Stops the setup and leaves nothing behind. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link setupLibrary} gives. */
export interface SetupResult {
  /** The library's file. */
  readonly path: string;
  readonly folder: string;
  readonly version: string;
  /** True: it was there before. */
  readonly already: boolean;
}

/**
 * Obtains a runtime library with the user's own pip, as `enginery setup` does, into the user's data folder, where builds and
 * sessions find it. The folder appears in one step, after every file was compared with the package's RECORD. Does nothing
 * where the library is there already. Whoever calls this accepts the vendor's licence, which `onProgress` is told first.
 *
 * @throws EngineryError `ENGINERY_INVALID_ARGUMENT`, `ENGINERY_LIBRARY_UNSUPPORTED`, `ENGINERY_SETUP_FAILED`,
 * `ENGINERY_DISK_FULL`, `ENGINERY_OUTPUT_UNWRITABLE`. Rejects with the signal's reason when aborted. Whatever goes wrong,
 * nothing half-installed stays.
 * @example
 * ```ts
 * const { path, version } = await setupLibrary('tensorrt-rtx', { version: '1.7' });
 * ```
 */
export async function setupLibrary(product: ObtainableProduct, options: SetupOptions = {}): Promise<SetupResult> {
  const { obtain } = await import('./setup.js');
  return obtain(product, options);
}

/** Lists what {@link setupLibrary} obtained and is still complete, the newest version of each product first. */
export async function listObtained(): Promise<ObtainedLibrary[]> {
  const { obtainedLibraries } = await import('./obtained.js');
  return obtainedLibraries();
}

/**
 * Deletes what {@link setupLibrary} obtained of a product.
 *
 * @param version in full, as in `1.7.1.116`; all versions if absent
 * @returns what was deleted; empty where there was nothing
 */
export async function removeObtained(product: ObtainableProduct, version?: string): Promise<ObtainedLibrary[]> {
  const { removeLibraries } = await import('./obtained.js');
  return removeLibraries(product, version);
}
