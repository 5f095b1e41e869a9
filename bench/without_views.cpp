// What a saga costs without views: loaded before sagad (LD_PRELOAD), it stops the thread that writes them as that
// thread names itself. Everything else is the same program. A second signal ends such a sagad, which would wait for the
// thread.

#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <cstring>

extern "C" int pthread_setname_np(pthread_t thread, const char* name) noexcept {
  if (std::strcmp(name, "views") == 0) {
    while (true) ::pause();
  }
  static auto const given = reinterpret_cast<int (*)(pthread_t, const char*)>(::dlsym(RTLD_NEXT, "pthread_setname_np"));
  return given(thread, name);
}
