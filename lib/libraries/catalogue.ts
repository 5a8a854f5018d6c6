import type { ObtainableProduct } from './setup-library.js';

/** What `enginery setup` knows of a product before it downloads anything. */
export interface CatalogueEntry {
  readonly title: string;
  readonly vendor: string;
  /** For people: which licence, and what it means. */
  readonly licence: string;
  /** Name of the Python package. */
  readonly wheel: string;
  /** The newest version this release was tested with. */
  readonly version: string;
  /** How many numbers a full version has. */
  readonly versionParts: number;
  /** Bytes of the versions known: of the wheel, and of what is in it. Others are learnt on the way. */
  readonly sizes: Readonly<Record<string, { readonly download: number; readonly unpacked: number }>>;
  /** File names of the library in the wheel. */
  readonly library: RegExp;
  /** File names worth keeping: libraries and licences, no Python. */
  readonly keep: RegExp;
  /** For pip. */
  readonly arguments: readonly string[];
}

const KEEP = /^(lib.*\.so(\.\d+)*|LICENSE(\.txt|\.md)?|NOTICE(\.txt)?|ThirdPartyNotices\.txt)$/;

export const CATALOGUE: Readonly<Record<ObtainableProduct, CatalogueEntry>> = {
  'tensorrt-rtx': {
    title: 'TensorRT-RTX',
    vendor: 'NVIDIA',
    licence: "NVIDIA's proprietary licence for TensorRT; by using the library you accept it",
    wheel: 'tensorrt-rtx-cu13-libs',
    version: '1.7.1.116',
    versionParts: 4,
    sizes: {
      '1.7.1.116': { download: 95_153_708, unpacked: 238_160_965 },
      '1.6.1.120': { download: 92_382_349, unpacked: 231_276_953 },
      '1.5.0.114': { download: 88_808_916, unpacked: 222_526_049 },
    },
    library: /^libtensorrt_rtx\.so(\.\d+)+$/,
    keep: KEEP,
    arguments: [],
  },
  onnxruntime: {
    title: 'ONNX Runtime',
    vendor: 'Microsoft',
    licence: 'MIT',
    wheel: 'onnxruntime',
    version: '1.30.0',
    versionParts: 3,
    sizes: {
      '1.32.0': { download: 27_780_404, unpacked: 75_707_280 },
      '1.30.0': { download: 23_585_560, unpacked: 63_773_725 },
      '1.20.0': { download: 13_315_947, unpacked: 37_820_975 },
    },
    library: /^libonnxruntime\.so(\.\d+)+$/,
    keep: KEEP,
    // Its wheels are tied to a Python version for the sake of a module that we do not use: any Python's pip may fetch it.
    arguments: [
      ...[
        '--implementation',
        'cp',
        '--python-version',
        '3.13',
        '--abi',
        'cp313',
        '--platform',
        'manylinux_2_28_x86_64',
      ],
    ],
  },
};
