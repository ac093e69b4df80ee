#include "cli/reveal_input.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <optional>
#include <string_view>

#include "cli/wiring.h"
#include "masking/address.h"
#include "vault/reveal.h"

namespace bauta::cli {
namespace {

bool IsOfAddress(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '.' || c == ':' || c == '%' || c == '/' || c == '-';
}

// All addresses in a text, as a person writes them: a column, a CSV file, what psql drew.
std::vector<std::string> FindAddresses(std::string_view text) {
  std::vector<std::string> addresses;
  while (!text.empty()) {
    const auto end = std::ranges::find_if_not(text, IsOfAddress);
    const auto size = static_cast<std::size_t>(end - text.begin());
    if (const std::optional<masking::Address> address = masking::ParseIp(text.substr(0, size))) {
      masking::AddressText room;
      addresses.emplace_back(masking::WriteAddress(*address, room));
    }
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return addresses;
}

std::vector<std::string> Find(Wanted wanted, std::string_view text) {
  return wanted == Wanted::kTokens ? vault::FindTokens(text) : FindAddresses(text);
}

std::string_view NameOf(Wanted wanted) { return wanted == Wanted::kTokens ? "token" : "address"; }

// A value that was typed in a token's place must not be repeated.
Result<std::vector<std::string>> FromArguments(const std::vector<std::string>& words,
                                               Wanted wanted) {
  if (wanted == Wanted::kAddresses) {
    return ConfigError("arguments: an address on the command line may be a real one",
                       "pipe those of the column to standard input, or give --query SQL");
  }
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::optional<std::string> token = vault::ParseToken(words[i]);
    if (!token) {
      return ConfigError(fmt::format("argument {}: is no token", i + 1),
                         "a token is as it stands in the table: h1:k1: and 26 characters; for that "
                         "of a value: bauta lookup");
    }
    tokens.push_back(*std::move(token));
  }
  return tokens;
}

Result<std::vector<std::string>> FromInput(const Context& context, Wanted wanted) {
  if (isatty(STDIN_FILENO) != 0) {
    if (context.no_input) {
      return ConfigError("there are no tokens to reveal", "give them as arguments or --query SQL");
    }
    fmt::print(stderr, "{}, one a line; Ctrl-D ends:\n",
               wanted == Wanted::kTokens ? "tokens" : "addresses of the column");
  }
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  std::vector<std::string> tokens = Find(wanted, text);
  if (!tokens.empty()) return tokens;
  return ConfigError(fmt::format("standard input: holds no {}", NameOf(wanted)),
                     "pipe a column of them: psql -At -c ...");
}

// As its own user, who may read what he may read; changes nothing.
Result<std::vector<std::string>> FromQuery(const config::Config& config, const std::string& sql,
                                           Wanted wanted, Blame& blame) {
  pg::Connection connection = TRY(Connect(config, blame));
  TRY(connection.Query("BEGIN READ ONLY"));
  const Result<pg::Rows> rows = connection.Exec(sql, pg::Params());
  if (!rows.ok()) {
    return ConfigError("--query: " + rows.error().message, "try it in psql, as the same user");
  }
  std::vector<std::string> tokens;
  for (int row = 0; row < rows->size(); ++row) {
    for (int column = 0; column < rows->columns(); ++column) {
      std::ranges::move(Find(wanted, rows->Text(row, column)), std::back_inserter(tokens));
    }
  }
  if (!tokens.empty()) return tokens;
  return ConfigError(fmt::format("--query: its rows hold no {}", NameOf(wanted)),
                     "select a masked column");
}

}  // namespace

Result<std::vector<std::string>> ReadTokens(Context& context, const config::Config& config,
                                            const RevealInput& input, Wanted wanted) {
  if (!input.query.empty()) return FromQuery(config, input.query, wanted, context.blame);
  if (!input.arguments.empty()) return FromArguments(input.arguments, wanted);
  return FromInput(context, wanted);
}

}  // namespace bauta::cli
