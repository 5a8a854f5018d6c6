/** A runtime library of somebody else's that this package can use. */
export type Product = 'tensorrt-rtx' | 'tensorrt' | 'onnxruntime' | 'cuda-driver';

/** What a product is called on disk and where it may be. */
export interface ProductFiles {
  /** For people. */
  readonly title: string;
  /** Holds the path of the library's file or of its folder. */
  readonly environment: string;
  /** File names of the library. */
  readonly file: RegExp;
  /** File names of its ONNX parser, which lies beside it. */
  readonly parser?: RegExp;
  /** The parser's usual name, for messages. */
  readonly parserName?: string;
  /** The library's folder below a Python site-packages folder. */
  readonly sitePackages?: string;
  /** Variables that point to an SDK's root. */
  readonly sdkVariables: readonly string[];
  /** Folders of an SDK in /usr/local and /opt. */
  readonly sdkFolder?: RegExp;
}

export const PRODUCTS: Readonly<Record<Product, ProductFiles>> = {
  'tensorrt-rtx': {
    title: 'TensorRT-RTX',
    environment: 'ENGINERY_TENSORRT_RTX_LIBRARY',
    // Wheels have .so.1, SDK archives the full version.
    file: /^libtensorrt_rtx\.so(\.\d+)+$/,
    parser: /^libtensorrt_onnxparser_rtx\.so(\.\d+)+$/,
    parserName: 'libtensorrt_onnxparser_rtx.so.1',
    sitePackages: 'tensorrt_rtx_libs',
    sdkVariables: ['TENSORRT_RTX_ROOT', 'TENSORRT_ROOT'],
    sdkFolder: /^tensorrt/i,
  },
  tensorrt: {
    title: 'TensorRT',
    environment: 'ENGINERY_TENSORRT_LIBRARY',
    file: /^libnvinfer\.so(\.\d+)+$/,
    parser: /^libnvonnxparser\.so(\.\d+)+$/,
    parserName: 'libnvonnxparser.so',
    sitePackages: 'tensorrt_libs',
    sdkVariables: ['TENSORRT_ROOT'],
    sdkFolder: /^tensorrt/i,
  },
  onnxruntime: {
    title: 'ONNX Runtime',
    environment: 'ENGINERY_ONNXRUNTIME_LIBRARY',
    file: /^libonnxruntime\.so(\.\d+)+$/,
    sitePackages: 'onnxruntime/capi',
    sdkVariables: ['ONNXRUNTIME_ROOT'],
    sdkFolder: /^onnxruntime/i,
  },
  'cuda-driver': {
    title: 'CUDA driver',
    environment: 'ENGINERY_CUDA_LIBRARY',
    file: /^libcuda\.so\.1$/,
    sdkVariables: [],
  },
};
