/** The release that each function came with, where that is later than the family's first: major * 10000 + minor * 100. */

const group = (version, type, names) => names.split(' ').map((name) => [`${type}::${name}`, version]);

export const SINCE = {
  ent10: Object.fromEntries([
    ...group(100600, 'Builder', 'buildEngineWithConfig'),
    ...group(101300, 'Builder', 'buildSerializedNetworkToStream buildSerializedNetworkWithKernelText'),
    ...group(100100, 'Parser', 'supportsModelV2 getNbSubgraphs isSubgraphSupported getSubgraphNodes'),
    ...group(101300, 'Parser', 'loadModelProto loadInitializer parseModelProto'),
    ...group(101500, 'Parser', 'setBuilderConfig'),
    ...group(101300, 'ParserRefitter', 'loadModelProto loadInitializer refitModelProto'),
    ...group(101100, 'OptimizationProfile', 'setShapeValuesV2 getShapeValuesV2'),
    ...group(100200, 'BuilderConfig', 'setRuntimePlatform getRuntimePlatform'),
    ...group(100400, 'BuilderConfig', 'setMaxNbTactics getMaxNbTactics'),
    ...group(100800, 'BuilderConfig', 'setTilingOptimizationLevel getTilingOptimizationLevel'),
    ...group(100800, 'BuilderConfig', 'setL2LimitForTiling getL2LimitForTiling'),
    ...group(101300, 'BuilderConfig', 'setRemoteAutoTuningConfig getRemoteAutoTuningConfig'),
    ...group(100800, 'TimingCache', 'queryKeys query update'),
    ...group(100700, 'Runtime', 'deserializeCudaEngineV2'),
    ...group(100100, 'CudaEngine', 'setWeightStreamingBudgetV2 getWeightStreamingBudgetV2'),
    ...group(100100, 'CudaEngine', 'getWeightStreamingAutomaticBudget getWeightStreamingScratchMemorySize'),
    ...group(100100, 'CudaEngine', 'getDeviceMemorySizeV2 getDeviceMemorySizeForProfileV2'),
    ...group(
      101100,
      'CudaEngine',
      'getProfileTensorValuesV2 createExecutionContextWithRuntimeConfig createRuntimeConfig',
    ),
    ...group(101400, 'CudaEngine', 'getEngineStat'),
    ...group(101500, 'CudaEngine', 'getAliasedInputTensor'),
    ...group(100100, 'ExecutionContext', 'setDeviceMemoryV2'),
    ...group(101100, 'ExecutionContext', 'getRuntimeConfig'),
    ...group(101200, 'ExecutionContext', 'setUnfusedTensorsDebugState getUnfusedTensorsDebugState'),
    ...group(101600, 'ExecutionContext', 'setCommunicator'),
  ]),
  ent11: Object.fromEntries([
    ...group(110100, 'BuilderConfig', 'setBuildRoute getBuildRoute getAllBuildRoutes'),
    ...group(110300, 'Runtime', 'setDLAWorkspaceAllocationStrategy getDLAWorkspaceAllocationStrategy'),
    ...group(110400, 'Refitter', 'releaseRefitResources'),
    ...group(110400, 'OptimizationProfile', 'setProfileStream getProfileStream'),
  ]),
  rtx: Object.fromEntries([
    ...group(10600, 'BuilderConfig', 'setBuildRoute getBuildRoute getAllBuildRoutes'),
    ...group(10600, 'Runtime', 'setDeferredWeightsLoading getDeferredWeightsLoading'),
    ...group(10600, 'CudaEngine', 'areWeightsLoaded loadWeights loadWeightsAsync'),
    ...group(10600, 'ParserRefitter', 'setRefitObserver'),
    ...group(10700, 'CudaEngine', 'createWeightsManager unloadWeights'),
    ...group(10700, 'Runtime', 'setDLAWorkspaceAllocationStrategy getDLAWorkspaceAllocationStrategy'),
    ...group(10700, 'Parser', 'setRefitObserver'),
    ...group(10700, 'Refitter', 'releaseRefitResources'),
    ...group(10700, 'OptimizationProfile', 'setProfileStream getProfileStream'),
  ]),
};
