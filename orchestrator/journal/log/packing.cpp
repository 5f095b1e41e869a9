#include "journal/log/packing.hpp"

#include <zstd.h>

#include <new>

#include "base/probe.hpp"

namespace sagad::journal::log {
namespace {

// Of a batch of 27 records, 5.5 KB, it leaves 0.274 in 18 us; level 1 leaves 0.270 in 23 us, level -5 0.323 in 15 us.
constexpr int level = -1;

struct free_unpacking {
  void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

ZSTD_DCtx& unpacking() {
  thread_local const std::unique_ptr<ZSTD_DCtx, free_unpacking> context(ZSTD_createDCtx());
  if (!context) throw std::bad_alloc();
  return *context;
}

}  // namespace

struct packer::workspace {
  struct free {
    void operator()(ZSTD_CCtx* made) const noexcept { ZSTD_freeCCtx(made); }
  };
  std::unique_ptr<ZSTD_CCtx, free> context{ZSTD_createCCtx()};
};

packer::packer() : workspace_(std::make_unique<workspace>()) {
  if (!workspace_->context) throw std::bad_alloc();
}

packer::~packer() = default;

std::uint32_t packer::pack(std::string& frame) {
  const auto bytes = frame.size() - frame_header_bytes;
  if (bytes < packed_bytes_min || bytes > packed_bytes_max) return 0;
  // What does not fit here is not worth it.
  packed_.resize(frame_header_bytes + bytes - bytes / 8);
  const auto packed =
      ZSTD_compressCCtx(workspace_->context.get(), packed_.data() + frame_header_bytes,
                        packed_.size() - frame_header_bytes, frame.data() + frame_header_bytes, bytes, level);
  if (ZSTD_isError(packed) != 0) return 0;
  SAGAD_PROBE("a frame is packed");
  packed_.resize(frame_header_bytes + packed);
  frame.swap(packed_);
  return static_cast<std::uint32_t>(bytes);
}

std::optional<std::string_view> unpack(const frame_header& header, std::string_view body, std::string& buffer) {
  if (header.unpacked == 0) return body;
  if (header.unpacked > packed_bytes_max) return std::nullopt;
  buffer.resize(header.unpacked);
  const auto bytes = ZSTD_decompressDCtx(&unpacking(), buffer.data(), buffer.size(), body.data(), body.size());
  if (ZSTD_isError(bytes) != 0 || bytes != buffer.size()) return std::nullopt;
  return std::string_view(buffer);
}

}  // namespace sagad::journal::log
