#include "aws/process_credentials.h"

#include <fmt/format.h>

#include <utility>

#include "aws/key_answer.h"
#include "aws/run_program.h"

namespace bauta::aws {
namespace {

Error Failed(const Ended& ended, const std::string& from) {
  const std::string hint = "run it by hand to see what it says";
  switch (ended.how) {
    case Ended::How::kNotStarted:
      return ConfigError(fmt::format("{} cannot be started: {}", from, ended.reason),
                         "it is run without a shell: a full path, and no ~ or $VARIABLE");
    case Ended::How::kTooLong:
      return Retryable(fmt::format("{} did not end in time", from), hint);
    case Ended::How::kTooMuch:
      return ConfigError(fmt::format("{} prints too much", from), hint);
    case Ended::How::kSignal:
      return Retryable(fmt::format("{} was ended by signal {}", from, ended.code), hint);
    case Ended::How::kExit:
      break;
  }
  // What it could not reach may be there again later.
  return Retryable(fmt::format("{} ended with exit code {}", from, ended.code), hint);
}

Result<Credentials> Read(const std::string& output, const std::string& from) {
  const auto fields = FlatJson(output);
  if (!fields) return ConfigError(from + ": what it prints is no JSON object");
  const auto version = fields->find("Version");
  if (version == fields->end() || version->second != "1") {
    return ConfigError(from + ": what it prints has no \"Version\": 1");
  }
  return ReadKeys(*fields, "SessionToken", from);
}

}  // namespace

Result<std::vector<std::string>> SplitCommand(std::string_view command) {
  std::vector<std::string> words;
  char quote = '\0';
  bool in_word = false;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (quote == '\0' && space) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    std::string& word = words.back();
    if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == '\\' && quote != '\'') {
      if (++i == command.size()) return ConfigError("it ends with a backslash");
      // Between double quotes it guards only those and itself.
      if (quote == '"' && command[i] != '"' && command[i] != '\\') word += '\\';
      word += command[i];
    } else {
      word += c;
    }
  }
  if (quote != '\0') return ConfigError("a quote does not end");
  if (words.empty() || words.front().empty()) return ConfigError("it names no program");
  return words;
}

Result<Provider> ProcessCredentials(const std::string& profile, const std::string& command,
                                    std::chrono::milliseconds timeout) {
  // Its arguments may hold secrets: they are not told.
  const std::string from = "credential_process of AWS profile '" + profile + "'";
  Result<std::vector<std::string>> words = SplitCommand(command);
  if (!words.ok()) return ConfigError(from + ": " + words.error().message);
  Provider provider;
  provider.source = from;
  provider.fetch = [from, timeout,
                    words = std::move(words).value()](Outside& outside) -> Result<Credentials> {
    const Ended ended = RunProgram(words, timeout, outside.stop_token());
    if (ended.how != Ended::How::kExit || ended.code != 0) return Failed(ended, from);
    return Read(ended.output, from);
  };
  return provider;
}

}  // namespace bauta::aws
