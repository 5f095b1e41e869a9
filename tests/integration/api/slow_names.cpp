// Loaded before libc: name servers that never answer. Says when one is asked.
#include <netdb.h>
#include <unistd.h>

extern "C" int getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**) {
  constexpr char asked[] = "a name is asked for\n";
  static_cast<void>(!::write(STDERR_FILENO, asked, sizeof asked - 1));
  for (;;) ::pause();
}
