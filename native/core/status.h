// How an operation of the native core ended. Plain data: it crosses threads by value and becomes an EngineryError in
// JS.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace enginery {

enum class Severity { error, warning, info, verbose };

struct LogLine {
  Severity severity;
  std::string message;
};

// One entry of the ONNX parser's error list.
struct ParserError {
  std::string code;
  std::string node;
  std::string op;
  std::string file;
  int line = 0;
  std::string function;
  std::string description;
};

struct Status {
  std::string code;  // empty: it went well; otherwise a code of lib/errors.ts, or "CANCELLED"
  std::string message;
  std::string subject;       // the path, option or input at fault
  int system_error = 0;      // errno of a failed system call
  std::vector<LogLine> log;  // the vendor library's own lines, warnings and worse
  std::vector<ParserError> parser_errors;
  std::vector<std::string> weights;  // those of an engine that a model does not have

  bool ok() const { return code.empty(); }

  static Status failed(std::string code, std::string message, std::string subject = {}) {
    Status status;
    status.code = std::move(code);
    status.message = std::move(message);
    status.subject = std::move(subject);
    return status;
  }
  static Status cancelled() { return failed("CANCELLED", "The operation was cancelled."); }
};

}  // namespace enginery
