// The parts of `bauta keys`.
#pragma once

#include <optional>
#include <string>

#include "cli/command.h"

namespace bauta::cli {

struct RingFile {
  std::string path;
  bool require_mlock = false;
};

// --file, else what the config says; nothing if that has problems, which are then printed.
std::optional<RingFile> FindRing(Context& context, const std::string& file);

// add, rotate, retire, destroy.
void AddKeyChanges(CLI::App& keys, Context& context);
void AddKeysExport(CLI::App& keys, Context& context);

}  // namespace bauta::cli
