#include "masking/siv_opener.h"

#include <algorithm>

namespace bauta::masking {
namespace {

std::string Show(const Form& form, std::string canonical) {
  if (!form.is_address()) return canonical;
  Address address;
  std::ranges::copy(canonical, address.begin());
  AddressText room;
  return std::string(WriteAddress(address, room));
}

}  // namespace

Result<SivOpener> SivOpener::Make(const crypto::SecretBytes& key,
                                  const crypto::SecretBytes& raw_key, const std::string& domain,
                                  const Form& form) {
  S1Maker proper = TRY(S1Maker::Make(key, domain, form));
  std::optional<S1Maker> raw;
  if (raw_key.size() != 0) raw = TRY(S1Maker::Make(raw_key, domain, Form::kRaw1));
  return SivOpener(std::move(proper), std::move(raw), form);
}

std::optional<SivOpener::Opened> SivOpener::Open(const std::string& sealed) {
  if (std::optional<std::string> value = proper_.Open(sealed)) {
    return Opened{Show(form_, *std::move(value)), false};
  }
  if (!raw_) return std::nullopt;
  std::optional<std::string> value = raw_->Open(sealed);
  if (!value) return std::nullopt;
  return Opened{*std::move(value), true};
}

}  // namespace bauta::masking
