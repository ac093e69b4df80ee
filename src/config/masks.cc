#include "config/masks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "config/codes.h"
#include "config/options.h"
#include "config/pick.h"

namespace bauta::config {
namespace {

constexpr std::array<std::pair<std::string_view, Mask>, 9> kMasks = {
    {{"hmac-sha256", Mask::kHmacSha256},
     {"aes-siv", Mask::kAesSiv},
     {"ipcrypt-deterministic", Mask::kIpcryptDeterministic},
     {"ipcrypt-pfx", Mask::kIpcryptPfx},
     {"legacy-sha256", Mask::kLegacySha256},
     {"truncate", Mask::kTruncate},
     {"keep_last", Mask::kKeepLast},
     {"redact", Mask::kRedact},
     {"null", Mask::kNull}}};

constexpr std::string_view kIpPrefix = "ip-prefix/";

Canonical ParseCanonical(std::string_view word) {
  if (word.starts_with(kIpPrefix)) return Canonical::kIpPrefix;
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

// The last token of a pointer that is no array index: /devices/0 -> devices; or the attribute.
std::string LastWord(const ColumnRule& rule) {
  if (rule.origin != Origin::kPointer) return rule.from;
  const std::string_view pointer = rule.from;
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

class MaskReader {
 public:
  MaskReader(Reader& reader, const std::string& path, const ColumnRule& rule)
      : reader_(reader), path_(path), rule_(rule) {}

  MaskRule Read() {
    mask_.mask = Pick(Text("mask"), kMasks);
    RefuseOthers();
    CheckMasked();
    mask_.on_invalid = ParseOnInvalid(Text("on_invalid"));
    switch (mask_.mask) {
      case Mask::kHmacSha256:
        ReadForm();
        ReadDomain();
        mask_.bits = Whole("bits", mask_.bits);
        mask_.vault = Text("vault") == "true";
        CheckBits();
        break;
      case Mask::kAesSiv:
        ReadForm();
        ReadDomain();
        break;
      case Mask::kIpcryptDeterministic:
      case Mask::kIpcryptPfx:
        CheckIpcrypt();
        ReadDomain();
        break;
      case Mask::kLegacySha256:
        ReadLegacy();
        break;
      case Mask::kTruncate:
        mask_.v4 = Whole("v4", mask_.v4);
        mask_.v6 = Whole("v6", mask_.v6);
        break;
      case Mask::kKeepLast:
        mask_.n = Whole("n", mask_.n);
        break;
      case Mask::kRedact:
        mask_.label = LastWord(rule_);
        mask_.label = "[" + (IsDomain(mask_.label) ? mask_.label : "redacted") + "]";
        break;
      case Mask::kNull:
        break;
    }
    return std::move(mask_);
  }

  // What stands there although no mask, or not this one, reads it.
  void RefuseOthers() {
    std::vector<std::string_view> seen;
    for (const auto& [name, mask] : kMasks) {
      for (const std::string_view key : OptionsOf(mask)) {
        const bool ours = has_mask() && Takes(mask_.mask, key);
        if (ours || !reader_.Has(At(key)) || std::ranges::count(seen, key) != 0) continue;
        seen.push_back(key);
        Refuse(key, name);
      }
    }
  }

 private:
  std::string At(std::string_view key) const { return fmt::format("{}.{}", path_, key); }
  std::string Text(std::string_view key) const { return reader_.Text(At(key)); }
  int Whole(std::string_view key, int fallback) const {
    return static_cast<int>(ParseWhole(Text(key)).value_or(fallback));
  }
  bool Valid(std::string_view key) const {
    const Scalar* const scalar = reader_.Find(At(key));
    return scalar != nullptr && scalar->valid;
  }
  bool has_mask() const { return reader_.Has(At("mask")); }
  static bool Takes(Mask mask, std::string_view key) {
    return std::ranges::count(OptionsOf(mask), key) != 0;
  }

  void Refuse(std::string_view key, std::string_view owner) {
    if (!has_mask()) {
      return reader_.Report(codes::kNeedsMask, At(key), fmt::format("\"{}\" needs a mask", key),
                            fmt::format("add mask: {}, or remove it", owner));
    }
    const std::span<const std::string_view> own = OptionsOf(mask_.mask);
    reader_.Report(
        codes::kNeedsMask, At(key),
        fmt::format("\"{}\" does nothing under mask: {}", key, MaskName(mask_.mask)),
        own.empty() ? "remove it" : fmt::format("remove it; there is: {}", fmt::join(own, ", ")));
  }

  void CheckMasked() {
    if (reader_.Has(At("as"))) {
      reader_.Report(codes::kContradiction, At("as"),
                     "a masked column takes values as they are: \"as\" does nothing",
                     "remove \"as\", or \"mask\"");
    }
    if (!reader_.Has(At("from")) && reader_.Has(At("default"))) {
      reader_.Report(codes::kContradiction, path_, "masks a constant",
                     "add \"from\", or remove \"mask\"");
    } else if (rule_.default_value && rule_.default_value->kind != DefaultValue::Kind::kLiteral) {
      reader_.Report(codes::kContradiction, At("default"), "a time cannot be masked",
                     "remove \"default\", or \"mask\"");
    } else if (rule_.default_value && mask_.mask == Mask::kNull) {
      reader_.Report(codes::kContradiction, At("default"),
                     "defaults are masked too: \"mask: null\" leaves NULL of it",
                     "remove \"default\", or \"mask\"");
    }
    if (!IsToken(mask_.mask) && Takes(mask_.mask, "on_invalid") && Text("on_invalid") == "raw") {
      reader_.Report(
          codes::kContradiction, At("on_invalid"),
          fmt::format("raw makes a keyed token, which {} does not", MaskName(mask_.mask)),
          "quarantine or null; hmac-sha256 and aes-siv make tokens");
    }
  }

  void ReadForm() {
    const std::string form = Text("canonical");
    mask_.canonical = ParseCanonical(form);
    if (mask_.canonical == Canonical::kIpPrefix) ReadPrefix(form.substr(kIpPrefix.size()));
  }

  // "24/64"
  void ReadPrefix(std::string_view bits) {
    const std::vector<std::string_view> both = Split(bits, '/');
    const auto v4 = ParseWhole(both.front()), v6 = ParseWhole(both.back());
    if (both.size() != 2 || !v4 || !v6 || *v4 < 1 || *v4 > 32 || *v6 < 1 || *v6 > 128) {
      return reader_.Report(codes::kNotAChoice, At("canonical"),
                            "does not say how many bits of an address stay",
                            "ip-prefix/24/64: 1 to 32 of an IPv4 address, 1 to 128 of an IPv6 one");
    }
    mask_.v4 = static_cast<int>(*v4);
    mask_.v6 = static_cast<int>(*v6);
  }

  void CheckIpcrypt() {
    mask_.canonical = Canonical::kIp;
    if (!reader_.Has(At("canonical")) || !Valid("canonical") || Text("canonical") == "ip") return;
    reader_.Report(codes::kContradiction, At("canonical"),
                   fmt::format("{} makes addresses of addresses", MaskName(mask_.mask)),
                   "canonical: ip, or leave it out; mask: aes-siv takes any text");
  }

  void ReadDomain() {
    if (reader_.Has(At("domain"))) {
      mask_.domain = Text("domain");
      if (Valid("domain") && !IsDomain(DomainOf(mask_.domain, "2026-01"))) {
        reader_.Report(codes::kBadDomain, At("domain"), "is not a domain",
                       "1 to 64 of a-z, 0-9, '_', '.', '@' and '-'; {yyyy-mm} stands for the month "
                       "in which the message was sent");
      }
      return;
    }
    mask_.domain = LastWord(rule_);
    if (!rule_.from.empty() && !IsDomain(mask_.domain)) {
      reader_.Report(codes::kBadDomain, path_,
                     "what it reads is not called by a word that can name a domain",
                     "say which fields its tokens may be joined with: domain: NAME (of a-z, 0-9, "
                     "'_', '.', '@', '-')");
    }
  }

  void CheckBits() {
    if (mask_.bits % 8 != 0) {
      reader_.Report(codes::kOutOfRange, At("bits"), "must be a multiple of 8");
    } else if (mask_.canonical == Canonical::kIpPrefix && mask_.vault) {
      reader_.Report(codes::kContradiction, At("vault"),
                     "a token of a network stands for all addresses in it: a vault holds one",
                     "vault: true belongs to the column with canonical: ip");
    } else if (mask_.bits < 128 && mask_.vault) {
      reader_.Report(codes::kContradiction, At("bits"),
                     "with fewer than 128 bits a token may come to stand for two values: a vault "
                     "holds one",
                     "128 bits, or no vault");
    } else if (mask_.bits < 128 && Text("allow_collisions") != "true") {
      reader_.Report(codes::kFewBits, At("bits"),
                     "with fewer than 128 bits two values may come to share a token",
                     "128 is the default; if that is wanted: allow_collisions: true");
    }
  }

  void ReadLegacy() {
    mask_.suffix = Text("suffix");
    const std::string key = "i_understand_this_is_reversible";
    if (Text(key) == "true") {
      return reader_.Warn(codes::kReversible, At("mask"),
                          "whoever sees this column can reverse it: all IPv4 addresses take 9 "
                          "minutes on one core, a suffix does not help",
                          "mask: hmac-sha256 has a key; docs/moving-over.md is the way there");
    }
    if (reader_.Has(At(key)) && !Valid(key)) return;  // Reported already.
    reader_.Report(codes::kUnconfirmed, reader_.Has(At(key)) ? At(key) : At("mask"),
                   "anybody reverses legacy-sha256: all IPv4 addresses take 9 minutes on one core, "
                   "a suffix does not help",
                   "mask: hmac-sha256 has a key; if the old hashes are needed all the same, add " +
                       key + ": true");
  }

  Reader& reader_;
  const std::string& path_;
  const ColumnRule& rule_;
  MaskRule mask_;
};

}  // namespace

std::span<const std::string_view> OptionsOf(Mask mask) {
  static constexpr std::string_view kTokens[] = {"canonical",  "domain",           "bits",
                                                 "on_invalid", "allow_collisions", "vault"};
  static constexpr std::string_view kSiv[] = {"canonical", "domain", "on_invalid"};
  static constexpr std::string_view kLegacy[] = {"on_invalid", "suffix",
                                                 "i_understand_this_is_reversible"};
  static constexpr std::string_view kTruncate[] = {"on_invalid", "v4", "v6"};
  static constexpr std::string_view kKeepLast[] = {"on_invalid", "n"};
  switch (mask) {
    case Mask::kHmacSha256:
      return kTokens;
    case Mask::kAesSiv:
    case Mask::kIpcryptDeterministic:
    case Mask::kIpcryptPfx:
      return kSiv;
    case Mask::kLegacySha256:
      return kLegacy;
    case Mask::kTruncate:
      return kTruncate;
    case Mask::kKeepLast:
      return kKeepLast;
    case Mask::kRedact:
    case Mask::kNull:
      break;
  }
  return {};
}

void ReadMask(Reader& reader, const std::string& path, ColumnRule& rule) {
  const Scalar* const word = reader.Find(path + ".mask");
  MaskReader masks(reader, path, rule);
  if (word == nullptr) return masks.RefuseOthers();
  if (word->valid) rule.mask = masks.Read();
}

}  // namespace bauta::config
