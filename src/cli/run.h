// One run of the pipeline, wired: what `bauta run` and `bauta demo` share.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "cli/command.h"
#include "config/config.h"
#include "core/pipeline.h"
#include "core/source.h"

namespace bauta::cli {

struct RunOptions {
  bool until_empty = false;
  std::optional<std::chrono::milliseconds> idle;
  std::uint64_t max_messages = 0;  // 0: no limit
  std::optional<std::chrono::milliseconds> max_duration;
  std::optional<std::chrono::milliseconds> wait;  // For queue, database and schema to answer.
  bool dry_run = false;  // Map and print, write nothing, give everything back.
  bool accept_new_tokens = false;
  bool progress = true;  // Progress on stderr.
};

struct RunSummary {
  RunCounts counts;
  std::chrono::milliseconds elapsed{0};
  Source::Requests requests;
  Stopped stopped = Stopped::kEmpty;
  std::optional<Error> error;  // With kError.
  bool drained = true;
};

// Opens everything, runs until the options or `stop` end it.  An Error means it never began:
// kConfig and kRetryable are exit codes 2 and 3; context.blame then says whose fault it is.
Result<RunSummary> RunPipeline(const config::Config& config, const RunOptions& options,
                               Context& context, std::stop_token stop);

// The one-line object that `-o json` prints, without a newline.  `more` is put at its end:
// `,"endpoint":"…"`.
std::string SummaryJson(const RunSummary& summary, std::string_view more = {});
// The same for people, several lines.
std::string SummaryText(const RunSummary& summary);

}  // namespace bauta::cli
