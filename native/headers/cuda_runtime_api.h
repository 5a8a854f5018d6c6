// TensorRT's headers include this name for two opaque handle types and nothing else. Declaring them here keeps the CUDA
// toolkit out of the build.
#pragma once

typedef struct CUevent_st* cudaEvent_t;
typedef struct CUstream_st* cudaStream_t;
