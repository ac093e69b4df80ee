// What each mask costs for one value: an address, or an id of a device.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "fakes/scheme_keys.h"
#include "masking/column_masker.h"
#include "masking/siv_opener.h"

namespace bauta::masking {
namespace {

using fakes::SchemeKey;

// Others than the one before, so that no branch is foretold.
std::vector<std::string> Values(const char* before) {
  std::vector<std::string> values;
  for (int i = 0; i < 250; ++i) values.push_back(before + std::to_string(i));
  return values;
}

ColumnMasker Tokens(Scheme scheme, const Form& form, bool monthly = false) {
  const std::size_t size = scheme == Scheme::kS1 ? S1Maker::kKeySize : H1Maker::kKeySize;
  TokenMask::Options options;
  options.kid = "k1";
  options.scheme = scheme;
  options.form = form;
  const auto keys = [=](std::string_view month) -> Result<TokenMask::Keys> {
    const std::string domain = "ip" + std::string(month);
    return TokenMask::Keys{SchemeKey(SchemeName(scheme), domain, FormName(form), size), {}, domain};
  };
  if (monthly) {
    options.keys_of_month = keys;
  } else {
    options.keys = keys("").value();
  }
  return ColumnMasker(TokenMask::Make(std::move(options)).value());
}

template <class Cipher>
ColumnMasker Ipcrypt(const char* name) {
  const crypto::SecretBytes key = SchemeKey(name, "ip", "ip1", Cipher::kKeySize);
  ByMonth<IpcryptMask::Cipher> cipher(IpcryptMask::Cipher(Cipher::Make(key).value()));
  ColumnMasker::Kind mask = IpcryptMask(std::move(cipher));
  return ColumnMasker(std::move(mask));
}

void Run(benchmark::State& state, ColumnMasker mask, const std::vector<std::string>& values) {
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(mask.Mask(values[next], 1'767'225'600'000).text.data());
    next = next + 1 == values.size() ? 0 : next + 1;
  }
  state.SetItemsProcessed(state.iterations());
}

#define MASK_BENCHMARK(name, mask, before)                                 \
  void name(benchmark::State& state) { Run(state, mask, Values(before)); } \
  BENCHMARK(name)

MASK_BENCHMARK(BM_Hmac_Address, Tokens(Scheme::kH1, Form::kIp1), "192.0.2.");
MASK_BENCHMARK(BM_Hmac_Address6, Tokens(Scheme::kH1, Form::kIp1), "2001:db8:1:2::");
MASK_BENCHMARK(BM_Hmac_Prefix, Tokens(Scheme::kH1, Form::IpPrefix1(24, 64)), "192.0.2.");
MASK_BENCHMARK(BM_Hmac_Device, Tokens(Scheme::kH1, Form::kStr1), "593-47-5");
MASK_BENCHMARK(BM_Hmac_Month, Tokens(Scheme::kH1, Form::kIp1, true), "192.0.2.");
MASK_BENCHMARK(BM_Siv_Address, Tokens(Scheme::kS1, Form::kIp1), "192.0.2.");
MASK_BENCHMARK(BM_Siv_Device, Tokens(Scheme::kS1, Form::kStr1), "593-47-5");
MASK_BENCHMARK(BM_IpcryptDeterministic, Ipcrypt<IpcryptDeterministic>("ipcrypt-deterministic"),
               "192.0.2.");
MASK_BENCHMARK(BM_IpcryptPfx_Address, Ipcrypt<IpcryptPfx>("ipcrypt-pfx"), "192.0.2.");
MASK_BENCHMARK(BM_IpcryptPfx_Address6, Ipcrypt<IpcryptPfx>("ipcrypt-pfx"), "2001:db8:1:2::");
MASK_BENCHMARK(BM_LegacySha256, ColumnMasker(LegacySha256("hello")), "192.0.2.");
MASK_BENCHMARK(BM_Truncate, ColumnMasker(Truncate(24, 48)), "192.0.2.");
MASK_BENCHMARK(BM_KeepLast, ColumnMasker(KeepLast(4)), "593-47-5");

void BM_SivOpen(benchmark::State& state) {
  const crypto::SecretBytes key = SchemeKey("s1", "ip", "ip1", S1Maker::kKeySize);
  SivOpener opener = SivOpener::Make(key, {}, "ip", Form::kIp1).value();
  const std::string sealed =
      ParseToken("s1:k1:hvyb74347k4543v4kaf5betwyjihsj5ruql55phczyl52ckzt77q").value().bytes;
  for (auto _ : state) benchmark::DoNotOptimize(opener.Open(sealed)->value.data());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_SivOpen);

}  // namespace
}  // namespace bauta::masking
