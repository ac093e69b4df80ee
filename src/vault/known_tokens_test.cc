#include "vault/known_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <random>
#include <thread>

namespace bauta::vault {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TokenBits Token(std::uint64_t n) {
  TokenBits token{};
  for (std::size_t i = 0; i < 8; ++i) token[i + 8] = static_cast<std::uint8_t>(n >> (8 * i));
  // Few homes, so that tokens meet in the table.
  token[0] = static_cast<std::uint8_t>(n % 101);
  return token;
}

std::vector<TokenBits> Tokens(std::initializer_list<std::uint64_t> numbers) {
  std::vector<TokenBits> tokens;
  for (const std::uint64_t n : numbers) tokens.push_back(Token(n));
  return tokens;
}

TEST(BitsOf, TellsTheLengthsOfAValuesTokensApart) {
  const std::string_view longest = "h1:k1:jqnjlwexo4uiwz23dbsgmu2xpyjqnjlwexo4uiwz23dbsg";
  EXPECT_NE(BitsOf(longest), BitsOf(longest.substr(0, 6 + 26)));
  EXPECT_NE(BitsOf(longest), BitsOf(longest.substr(0, 6 + 32)));
}

TEST(BitsOf, ReadsTheFirst128BitsOfAToken) {
  const TokenBits zeros{};
  EXPECT_EQ(BitsOf("h1:k1:aaaaaaaaaaaaaaaaaaaaaaaaaa"), zeros);
  const TokenBits token = *BitsOf("h1:k1:jqnjlwexo4uiwz23dbsgmu2xpy");
  EXPECT_EQ(token[0], 0x4c);
  EXPECT_EQ(token[15], 0x7e);
  for (const char* bad : {"", "h1:k1:", "h1:k1:short", "h1:k1:aaaaaaaaaaaaaaaaaaaaaaaaa1"}) {
    EXPECT_FALSE(BitsOf(bad)) << bad;
  }
}

TEST(KnownTokens, KnowsWhatWasAddedUntilItIsDisplaced) {
  KnownTokens known(3);
  EXPECT_THAT(known.Unknown(Tokens({1, 2}), 0), ElementsAre(0, 1));
  known.Add(Tokens({1, 2, 3}), 0, known.epoch());
  EXPECT_THAT(known.Unknown(Tokens({1, 2, 3, 4}), 0), ElementsAre(3));
  EXPECT_THAT(known.Unknown(Tokens({1}), 0), IsEmpty());  // So 2 is the oldest.
  known.Add(Tokens({4}), 0, known.epoch());
  EXPECT_THAT(known.Unknown(Tokens({1, 2, 3, 4}), 0), ElementsAre(1));
  EXPECT_EQ(known.size(), 3u);
}

TEST(KnownTokens, AnotherGenerationForgetsAll) {
  KnownTokens known(10);
  known.Unknown({}, 5);
  known.Add(Tokens({1}), 5, known.epoch());
  EXPECT_THAT(known.Unknown(Tokens({1}), 5), IsEmpty());
  EXPECT_THAT(known.Unknown(Tokens({1}), 6), ElementsAre(0));
  known.Add(Tokens({1}), 5, known.epoch());  // Committed before the erasure, said after it.
  EXPECT_THAT(known.Unknown(Tokens({1}), 6), ElementsAre(0));
  known.Add(Tokens({1}), 6, known.epoch());
  EXPECT_THAT(known.Unknown(Tokens({1}), 6), IsEmpty());
  EXPECT_THAT(known.Unknown(Tokens({1}), 5), ElementsAre(0)) << "a database that was restored";
}

TEST(KnownTokens, OfAnotherDatabaseNothingIsKnown) {
  KnownTokens known(10);
  known.Unknown({}, 5);
  const std::uint64_t before = known.epoch();
  known.Add(Tokens({1}), 5, before);
  known.Forget();
  EXPECT_THAT(known.Unknown(Tokens({1}), 5), ElementsAre(0));
  known.Add(Tokens({1}), 5, before);  // Committed before, said after.
  EXPECT_THAT(known.Unknown(Tokens({1}), 5), ElementsAre(0));
}

TEST(KnownTokens, AgreesWithAPlainList) {
  constexpr std::size_t kCapacity = 500;
  KnownTokens known(kCapacity);
  known.Unknown({}, 0);
  std::list<std::uint64_t> model;  // The newest first.
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t n = random() % (random() % 2 == 0 ? 400 : 3000);
    const auto at = std::find(model.begin(), model.end(), n);
    const bool has = at != model.end();
    ASSERT_EQ(known.Unknown(Tokens({n}), 0).empty(), has) << i;
    if (has) model.erase(at);
    if (!has) known.Add(Tokens({n}), 0, known.epoch());
    model.push_front(n);
    if (model.size() > kCapacity) model.pop_back();
  }
  EXPECT_EQ(known.size(), kCapacity);
}

TEST(KnownTokens, IsSharedByThreads) {
  KnownTokens known(1000);
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&known, t] {
      for (std::uint64_t i = 0; i < 5000; ++i) {
        const auto tokens = Tokens({i * 4 + t, i % 50});
        known.Unknown(tokens, static_cast<std::int64_t>(i / 2500));
        known.Add(tokens, static_cast<std::int64_t>(i / 2500), known.epoch());
      }
    });
  }
  threads.clear();
  EXPECT_LE(known.size(), 1000u);
}

}  // namespace
}  // namespace bauta::vault
