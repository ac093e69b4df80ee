#include "cli/blame.h"

#include "aws/sqs_error.h"
#include "config/codes.h"

namespace bauta::cli {
namespace {

// A network that is down says nothing of what a setting names.
std::string_view CodeOf(std::string_view code, const Error& error) {
  if (code == config::codes::kQueue && aws::IsDenied(error)) return config::codes::kQueueDenied;
  if (error.code != ErrorCode::kRetryable) return code;
  if (code == config::codes::kKeyRing) return config::codes::kKmsAway;
  return code == config::codes::kQueue ? config::codes::kQueueAway : config::codes::kDatabaseAway;
}

}  // namespace

void Blame::Set(std::string_view code, std::string_view path, const Error& error) {
  code_ = CodeOf(code, error);
  path_ = path;
}

}  // namespace bauta::cli
