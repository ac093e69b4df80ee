#include "config/load.h"

namespace bauta::config {

Problem Loaded::At(std::string_view code, std::string_view path, std::string message,
                   std::string hint) const {
  if (message.starts_with(path)) {
    for (const std::string_view separator : {": ", " "}) {
      if (!std::string_view(message).substr(path.size()).starts_with(separator)) continue;
      message.erase(0, path.size() + separator.size());
      break;
    }
  }
  Problem problem{.code = std::string(code),
                  .path = std::string(path),
                  .file = config.file,
                  .message = std::move(message),
                  .hint = std::move(hint)};
  while (!path.empty()) {
    for (const Where& where : places) {
      if (where.path != path) continue;
      problem.file = where.file;
      problem.line = where.line;
      problem.column = where.column;
      problem.source_line = where.source_line;
      return problem;
    }
    const std::size_t dot = path.rfind('.');
    path = path.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
  return problem;
}

}  // namespace bauta::config
