#include "tensorrt/support.h"

#include <memory>

#include "tensorrt/objects.h"
#include "tensorrt/plugins.h"
#include "tensorrt/settings.h"

namespace enginery {

int32_t describe_support(Operation& operation, const EngineryBridgeBuild& build) {
  // The parser got these functions in 10.1.
  if (ENGINERY_ENTERPRISE && operation.library.version < version_number(10, 1)) {
    return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "supportsModelV2: TensorRT 10.1 and later have it");
  }
  const std::unique_ptr<nvinfer1::IBuilder> builder(create_builder(operation.library));
  if (!builder) return ENGINERY_BRIDGE_NO_BUILDER;
  const std::unique_ptr<nvinfer1::INetworkDefinition> network(builder->createNetworkV2(network_flags(build)));
  if (!network) return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "createNetworkV2");
  const std::unique_ptr<nvonnxparser::IParser> parser(create_parser(operation.library, *network));
  if (!parser) return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "createNvOnnxParser");
  // Some operators are plugins of NVIDIA's: a build has these too.
  const int32_t status = load_plugins(operation, build, *builder);
  if (status != ENGINERY_BRIDGE_OK) return status;

  const bool supported = parser->supportsModelV2(build.model_data, build.model_size, build.model_path);
  const int errors = operation.errors;
  for (int64_t i = 0; i < parser->getNbSubgraphs(); ++i) {
    int64_t count = 0;
    const int64_t* nodes = parser->getSubgraphNodes(i, count);
    if (nodes == nullptr || count < 0) count = 0;
    const EngineryBridgeSubgraph plain{parser->isSubgraphSupported(i) ? 1 : 0, nodes, static_cast<size_t>(count)};
    operation.callbacks.subgraph(operation.callbacks.user, &plain);
  }
  if (operation.errors != errors) return operation.refuse(ENGINERY_BRIDGE_INTERNAL, "getSubgraphNodes");
  report_parser_errors(operation, *parser);
  return supported ? ENGINERY_BRIDGE_OK : ENGINERY_BRIDGE_PARSE_FAILED;
}

}  // namespace enginery
