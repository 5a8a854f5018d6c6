/** GPU architectures, and what runs on which. */

/** That TensorRT-RTX runs on, by compute capability, as NVIDIA documents it. */
const RTX: readonly string[] = ['8.0', '8.6', '8.9', '12.0', '12.1'];
/** And this one, for engines that were built for it by name. */
const RTX_BY_NAME = '7.5';

/** The architecture of a compute capability, as build options name it: `sm89` of `8.9`. */
export function architectureOf(computeCapability: string): string {
  return `sm${computeCapability.replace('.', '')}`;
}

/**
 * Why TensorRT-RTX does not run on a GPU, or null.
 *
 * @param targets - What the engine was built for, or is to be built for; undefined: TensorRT-RTX's own choice.
 */
export function whyNotOnRtx(computeCapability: string, targets: readonly string[] | undefined): string | null {
  if (RTX.includes(computeCapability)) return null;
  if (computeCapability !== RTX_BY_NAME) {
    return `TensorRT-RTX runs on compute capability ${RTX.join(', ')} and ${RTX_BY_NAME}, not on ${computeCapability}`;
  }
  const named = targets?.some((target) => target === architectureOf(RTX_BY_NAME) || target === 'current');
  if (named) return null;
  return `TensorRT-RTX runs on compute capability ${RTX_BY_NAME} only where the engine is built for it: targets: ['${architectureOf(RTX_BY_NAME)}']`;
}

/** Whether an engine's architectures include that of a GPU. `current` is taken for it: only TensorRT knows which one it was. */
export function runsOn(
  { architectures, andLater }: { readonly architectures: readonly string[]; readonly andLater: boolean },
  computeCapability: string,
): boolean {
  const own = architectureOf(computeCapability);
  if (architectures.includes(own) || architectures.includes('current')) return true;
  const number = (architecture: string): number => Number(architecture.slice('sm'.length));
  return andLater && number(own) > Math.max(...architectures.map(number));
}
