// A mapper as a test wants it, with keys of zeros.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fakes/fake_clock.h"
#include "fakes/mapping.h"
#include "mapping/event_mapper.h"
#include "masking/column_masker.h"

namespace bauta::fakes {

inline masking::ColumnMasker MakeTokens(masking::Form form, bool raw) {
  masking::TokenMask::Options options;
  options.kid = "k1";
  options.form = form;
  options.keys.key = crypto::SecretBytes(32);
  if (raw) options.keys.raw_key = crypto::SecretBytes(32);
  return masking::ColumnMasker(masking::TokenMask::Make(std::move(options)).value());
}

inline masking::ColumnMasker MakeSiv(masking::Form form) {
  masking::TokenMask::Options options;
  options.kid = "k1";
  options.scheme = masking::Scheme::kS1;
  options.form = form;
  options.keys = {crypto::SecretBytes(64), {}, "a"};
  return masking::ColumnMasker(masking::TokenMask::Make(std::move(options)).value());
}

inline masking::ColumnMasker MakeIpcrypt(Mask mask) {
  using Cipher = masking::IpcryptMask::Cipher;
  crypto::SecretBytes key(mask == Mask::kIpcryptPfx ? 32 : 16);
  key.writable()[0] = 1;  // Equal halves are refused.
  const auto cipher = [&]() -> Cipher {
    if (mask == Mask::kIpcryptPfx) return masking::IpcryptPfx::Make(key).value();
    return masking::IpcryptDeterministic::Make(key).value();
  };
  return masking::ColumnMasker(masking::IpcryptMask(masking::ByMonth<Cipher>(cipher())));
}

// Null for a blind one.
inline std::optional<masking::ColumnMasker> MakeMasker(const MaskRule& rule, masking::Form form) {
  switch (rule.mask) {
    case Mask::kLegacySha256:
      return masking::ColumnMasker(masking::LegacySha256(rule.suffix));
    case Mask::kTruncate:
      return masking::ColumnMasker(masking::Truncate(rule.v4, rule.v6));
    case Mask::kKeepLast:
      return masking::ColumnMasker(masking::KeepLast(rule.n));
    case Mask::kRedact:
    case Mask::kNull:
      return std::nullopt;
    case Mask::kIpcryptPfx:
    case Mask::kIpcryptDeterministic:
      return MakeIpcrypt(rule.mask);
    case Mask::kAesSiv:
      return MakeSiv(form);
    case Mask::kHmacSha256:
      break;
  }
  return MakeTokens(form, rule.on_invalid == OnInvalid::kRaw);
}

// Rules and table of one test, and what its mapper makes of bodies.
class Mapping {
 public:
  ColumnRule& Add(const std::string& column, ColumnType type, const std::string& from) {
    Column described = MakeColumn(type);
    described.name = column;
    table.columns.push_back(described);
    return rules.columns.emplace_back(MakeRule(column, from));
  }
  ColumnRule& AddMasked(const std::string& column, ColumnType type, Mask mask) {
    ColumnRule& rule = Add(column, type, "/" + column);
    rule.mask = MaskRule{.mask = mask};
    return rule;
  }
  ColumnRule& AddMasked(const std::string& column, const std::string& from, masking::Form form) {
    ColumnRule& rule = Add(column, ColumnType::kText, from);
    rule.mask = MaskRule();
    form_ = form;
    return rule;
  }

  std::unique_ptr<mapping::EventMapper> Make() {
    std::vector<std::optional<masking::ColumnMasker>> maskers;
    for (const ColumnRule& rule : rules.columns) {
      maskers.push_back(rule.mask ? MakeMasker(*rule.mask, form_) : std::nullopt);
    }
    std::optional<masking::EventHashes> hashes;
    if (rules.event_key) {
      hashes =
          masking::EventHashes::Make({crypto::SecretBytes(32), crypto::SecretBytes(32)}).value();
    }
    return mapping::EventMapper::Make({.rules = rules,
                                       .table = table,
                                       .maskers = std::move(maskers),
                                       .hashes = std::move(hashes),
                                       .clock = clock})
        .value();
  }
  std::optional<EventKey> KeyOf(const std::string& body) {
    Message message = MakeMessage(body);
    Batch batch;
    Make()->Map(message, batch);
    return batch.events.at(0).key;
  }
  std::string Map(const std::string& body) {
    Message message = MakeMessage(body);
    Batch batch;
    Make()->Map(message, batch);
    return Show(batch.events.at(0));
  }

  MappingRules rules;
  TableSchema table{"public", "t", {}};
  FakeClock clock;

 private:
  masking::Form form_ = masking::Form::kStr1;
};

}  // namespace bauta::fakes
