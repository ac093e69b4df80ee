// Commands and options as data, read from CLI11's tree: help, completions and the manual page are
// all made of it, so that they cannot differ from what the parser takes.  Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace bauta::cli {

struct OptionNode {
  std::vector<std::string> names;  // "-c", "--config"; of a positional "QUEUE".
  std::string value;               // "FILE", "text|json"; empty for a flag.
  std::vector<std::string> choices;
  std::string about;
  bool required = false, positional = false;

  bool takes_file() const { return value == "FILE" || value == "DIR"; }
};

struct CommandNode {
  std::string name, about;
  std::string called;   // "bauta keys list"
  std::string example;  // Of a command that does something.
  std::vector<OptionNode> options;
  std::vector<CommandNode> commands;
};

// A line to copy, for each command that does something.
struct Example {
  std::string_view called, line;
};
std::span<const Example> Examples();

// `parents`: how the commands above are called, "bauta keys"; empty for the root.
CommandNode ReadTree(const CLI::App& app, const std::string& parents = {});

// What --help prints.
std::string HelpText(const CommandNode& command);

}  // namespace bauta::cli
