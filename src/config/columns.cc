#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "config/codes.h"
#include "config/reader.h"

namespace bauta::config {
namespace {

template <class T, std::size_t N>
T Pick(std::string_view word, const std::array<std::pair<std::string_view, T>, N>& words) {
  for (const auto& [name, value] : words) {
    if (name == word) return value;
  }
  return words[0].second;
}

ReadAs ParseAs(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, ReadAs>, 6> kWords = {
      {{"", ReadAs::kType},
       {"version", ReadAs::kVersion},
       {"version-digits", ReadAs::kVersionDigits},
       {"epoch-seconds", ReadAs::kEpochSeconds},
       {"epoch-millis", ReadAs::kEpochMillis},
       {"json", ReadAs::kJson}}};
  return Pick(word, kWords);
}

Canonical ParseCanonical(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, Canonical>, 5> kWords = {
      {{"text", Canonical::kText},
       {"ip", Canonical::kIp},
       {"lower", Canonical::kLower},
       {"digits", Canonical::kDigits},
       {"raw", Canonical::kRaw}}};
  return Pick(word, kWords);
}

OnInvalid ParseOnInvalid(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, OnInvalid>, 3> kWords = {
      {{"quarantine", OnInvalid::kQuarantine},
       {"null", OnInvalid::kNull},
       {"raw", OnInvalid::kRaw}}};
  return Pick(word, kWords);
}

DefaultValue ParseDefault(const std::string& text) {
  if (text == "sent_at") return {DefaultValue::Kind::kSentAt, {}};
  if (text == "now") return {DefaultValue::Kind::kNow, {}};
  return {DefaultValue::Kind::kLiteral, text};
}

// RFC 6901: "~" only as ~0 and ~1.
bool IsPointer(std::string_view text) {
  if (!text.starts_with('/')) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) {
      return false;
    }
  }
  return true;
}

// The last token of a pointer that is no array index: /devices/0 -> devices.
std::string LastWord(std::string_view pointer) {
  std::vector<std::string_view> tokens = Split(pointer, '/');
  while (tokens.size() > 1) {
    const std::string_view token = tokens.back();
    tokens.pop_back();
    const bool index =
        std::all_of(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!index) return std::string(token);
  }
  return {};
}

bool IsDomain(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '@' ||
           c == '-';
  });
}

// One column's rule; reports as it goes.
class ColumnReader {
 public:
  ColumnReader(Reader& reader, const std::string& column)
      : reader_(reader), path_("columns." + column) {
    rule_.column = column;
  }

  ColumnRule Read() {
    const Place place = reader_.PlaceOf(path_);
    rule_.line = place.line;
    rule_.position = place.column;
    ReadOrigin();
    rule_.required = Text("required") == "true";
    rule_.as = ParseAs(Text("as"));
    if (Valid("default")) rule_.default_value = ParseDefault(Text("default"));
    if (Valid("mask")) {
      ReadMask();
    } else if (!reader_.Has(At("mask"))) {
      RefuseMaskOptions();
    }
    if (rule_.required && rule_.default_value) {
      reader_.Warn(codes::kRequiredWithDefault, At("required"),
                   "the default applies first, so only an empty value is refused",
                   "keep one of the two");
    }
    return std::move(rule_);
  }

 private:
  std::string At(std::string_view key) const { return fmt::format("{}.{}", path_, key); }
  std::string Text(std::string_view key) const { return reader_.Text(At(key)); }
  bool Valid(std::string_view key) const {
    const Scalar* const scalar = reader_.Find(At(key));
    return scalar != nullptr && scalar->valid;
  }

  void ReadOrigin() {
    if (!reader_.Has(At("from")) && !reader_.Has(At("default"))) {
      return reader_.Report(codes::kNoOrigin, path_, "has neither \"from\" nor \"default\"",
                            fmt::format("where is it in the event? from: /{}", rule_.column));
    }
    if (!Valid("from")) return;
    rule_.from = Text("from");
    if (IsPointer(rule_.from)) return;
    if (IsNotBuiltValue("columns.*.from", rule_.from)) {
      return reader_.Report(codes::kNotBuilt, At("from"),
                            "only pointers into the body are in this version of Bauta",
                            "a JSON Pointer begins with '/': /user/id");
    }
    reader_.Report(codes::kBadPointer, At("from"), "is not a JSON Pointer",
                   "it begins with '/', and ~ is written ~0: /user/id, /devices/0/id");
  }

  void ReadMask() {
    MaskRule mask;
    mask.mask = Text("mask");
    mask.canonical = ParseCanonical(Text("canonical"));
    mask.on_invalid = ParseOnInvalid(Text("on_invalid"));
    mask.bits = static_cast<int>(ParseWhole(Text("bits")).value_or(128));
    ReadDomain(mask);
    CheckBits(mask);
    CheckMasked();
    rule_.mask = std::move(mask);
  }

  void ReadDomain(MaskRule& mask) {
    if (reader_.Has(At("domain"))) {
      mask.domain = Text("domain");
      if (Valid("domain") && !IsDomain(DomainOf(mask.domain, "2026-01"))) {
        reader_.Report(codes::kBadDomain, At("domain"), "is not a domain",
                       "1 to 64 of a-z, 0-9, '_', '.', '@' and '-'; {yyyy-mm} stands for the month "
                       "in which the message was sent");
      }
      return;
    }
    mask.domain = LastWord(rule_.from);
    if (!rule_.from.empty() && !IsDomain(mask.domain)) {
      reader_.Report(codes::kBadDomain, path_,
                     "its pointer does not end in a word that can name a domain",
                     "say which fields its tokens may be joined with: domain: NAME (of a-z, 0-9, "
                     "'_', '.', '@', '-')");
    }
  }

  void CheckBits(const MaskRule& mask) {
    if (mask.bits % 8 != 0) {
      reader_.Report(codes::kOutOfRange, At("bits"), "must be a multiple of 8");
    } else if (mask.bits < 128 && Text("allow_collisions") != "true") {
      reader_.Report(codes::kFewBits, At("bits"),
                     "with fewer than 128 bits two values may come to share a token",
                     "128 is the default; if that is wanted: allow_collisions: true");
    }
  }

  void CheckMasked() {
    if (reader_.Has(At("as"))) {
      reader_.Report(codes::kContradiction, At("as"),
                     "a masked column takes strings as they are: \"as\" does nothing",
                     "remove \"as\", or \"mask\"");
    }
    if (!reader_.Has(At("from")) && reader_.Has(At("default"))) {
      reader_.Report(codes::kContradiction, path_, "masks a constant",
                     "add \"from\", or remove \"mask\"");
    } else if (rule_.default_value && rule_.default_value->kind != DefaultValue::Kind::kLiteral) {
      reader_.Report(codes::kContradiction, At("default"), "a time cannot be masked",
                     "remove \"default\", or \"mask\"");
    }
  }

  void RefuseMaskOptions() {
    for (const std::string_view key :
         {"canonical", "domain", "bits", "on_invalid", "allow_collisions"}) {
      if (!reader_.Has(At(key))) continue;
      reader_.Report(codes::kNeedsMask, At(key), fmt::format("\"{}\" needs a mask", key),
                     "add mask: hmac-sha256, or remove it");
    }
  }

  Reader& reader_;
  const std::string path_;
  ColumnRule rule_;
};

}  // namespace

std::vector<ColumnRule> ReadColumns(Reader& reader) {
  std::vector<ColumnRule> rules;
  for (const std::string& column : reader.columns()) {
    rules.push_back(ColumnReader(reader, column).Read());
    if (rules.back().as == ReadAs::kVersionDigits) {
      reader.Warn(codes::kLossy, fmt::format("columns.{}.as", column),
                  "version-digits cannot tell 2.30 from 23.0", "as: version keeps them apart");
    }
  }
  return rules;
}

}  // namespace bauta::config
