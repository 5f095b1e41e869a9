// Loaded before libc: name servers that never answer for names below `.example`. Says when they are asked.
#include <dlfcn.h>
#include <netdb.h>
#include <unistd.h>

#include <string_view>

extern "C" int getaddrinfo(const char* host, const char* port, const addrinfo* hints, addrinfo** found) {
  using signature = decltype(::getaddrinfo);
  static auto* const real = reinterpret_cast<signature*>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  constexpr std::string_view asked = "a name is asked for\n";
  constexpr std::string_view unanswered = ".example";
  const std::string_view name(host == nullptr ? "" : host);
  if (name.size() < unanswered.size() || name.substr(name.size() - unanswered.size()) != unanswered) {
    return real(host, port, hints, found);
  }
  static_cast<void>(!::write(STDERR_FILENO, asked.data(), asked.size()));
  for (;;) ::pause();
}
