// JPEG and PNG files to small RGB images: decoded by libjpeg-turbo and libpng where the build found them, then resized and cropped here. Uses nothing
// of libtorch, so that any thread may call it without becoming one of its threads. The arithmetic is in integers: equal on every machine.
#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "actorprune_torch.h"

#ifdef AP_JPEG
#include <jpeglib.h>
// After jpeglib.h, which it needs.
#include <jerror.h>
#endif
#ifdef AP_PNG
#include <png.h>
#endif

namespace {

constexpr int kLargestSide = 32768;
constexpr int64_t kMostPixels = int64_t{1} << 27;
// A progressive JPEG has about ten scans; thousands of them in a small file are a way to keep a reader busy for hours.
constexpr int kMostScans = 500;

enum Outcome { kDecoded = 0, kUndecodable = 1, kNotBuiltIn = 2, kNoMemory = 3 };

struct Picture {
  int width = 0, height = 0;
  std::vector<uint8_t> rgb;
};

// What is asked for: the size alone, or the pixels too.
enum class Wanted { kSize, kPixels };

bool fits(int64_t width, int64_t height) {
  return width >= 1 && height >= 1 && width <= kLargestSide && height <= kLargestSide && width * height <= kMostPixels;
}

std::string too_large(int64_t width, int64_t height) {
  return "is " + std::to_string(width) + "x" + std::to_string(height) + " pixels; accepted are sides of at most " + std::to_string(kLargestSide) + " and " +
         std::to_string(kMostPixels) + " pixels";
}

#ifdef AP_JPEG

// Lives in the caller's frame: what longjmp leaves behind holds no object with a destructor.
struct Jpeg {
  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  jmp_buf jump{};
  char text[JMSG_LENGTH_MAX] = "";
  std::vector<uint8_t> line;
  ~Jpeg() { jpeg_destroy_decompress(&info); }
};

Jpeg &jpeg_of(j_common_ptr info) { return *static_cast<Jpeg *>(info->client_data); }

[[noreturn]] void jpeg_failed(j_common_ptr info) {
  auto &jpeg = jpeg_of(info);
  info->err->format_message(info, jpeg.text);
  longjmp(jpeg.jump, 1);
}

[[noreturn]] void jpeg_refused(j_common_ptr info, const char *text) {
  auto &jpeg = jpeg_of(info);
  std::snprintf(jpeg.text, sizeof(jpeg.text), "%s", text);
  longjmp(jpeg.jump, 1);
}

// libjpeg fills what is missing of a cut file with grey and goes on. Stray bytes between segments, which published sets have, lose nothing.
void jpeg_said(j_common_ptr info, int level) {
  const int code = info->err->msg_code;
  if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE)) {
    jpeg_failed(info);
  }
}

void jpeg_advanced(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMostScans) {
    jpeg_refused(info, "has more scans than any camera writes");
  }
}

void jpeg_line(const Jpeg &jpeg, const uint8_t *line, uint8_t *out) {
  if (jpeg.info.out_color_space != JCS_CMYK) {
    std::memcpy(out, line, static_cast<size_t>(jpeg.info.output_width) * 3);
    return;
  }
  // As everybody writes them since Adobe did: 255 is no ink.
  for (JDIMENSION x = 0; x < jpeg.info.output_width; x++) {
    for (int c = 0; c < 3; c++) {
      out[3 * x + c] = static_cast<uint8_t>((line[4 * x + c] * line[4 * x + 3] + 127) / 255);
    }
  }
}

bool read_jpeg(Jpeg &jpeg, const uint8_t *data, int64_t bytes, Wanted wanted, Picture &picture) {
  auto &info = jpeg.info;
  info.err = jpeg_std_error(&jpeg.errors);
  info.client_data = &jpeg;
  jpeg.errors.error_exit = jpeg_failed;
  jpeg.errors.emit_message = jpeg_said;
  if (setjmp(jpeg.jump) != 0) {
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg.progress.progress_monitor = jpeg_advanced;
  info.progress = &jpeg.progress;
  jpeg_mem_src(&info, data, static_cast<unsigned long>(bytes));
  jpeg_read_header(&info, TRUE);
  picture.width = static_cast<int>(info.image_width);
  picture.height = static_cast<int>(info.image_height);
  if (!fits(picture.width, picture.height)) {
    std::snprintf(jpeg.text, sizeof(jpeg.text), "%s", too_large(picture.width, picture.height).c_str());
    return false;
  }
  if (wanted == Wanted::kSize) {
    return true;
  }
  info.out_color_space = info.num_components == 4 ? JCS_CMYK : JCS_RGB;
  info.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&info);
  picture.rgb.resize(static_cast<size_t>(picture.width) * picture.height * 3);
  jpeg.line.resize(static_cast<size_t>(info.output_width) * info.output_components);
  while (info.output_scanline < info.output_height) {
    auto *out = picture.rgb.data() + static_cast<size_t>(info.output_scanline) * picture.width * 3;
    JSAMPROW row = jpeg.line.data();
    jpeg_read_scanlines(&info, &row, 1);
    jpeg_line(jpeg, row, out);
  }
  jpeg_finish_decompress(&info);
  return true;
}

#endif

#ifdef AP_PNG

struct Png {
  png_structp reader = nullptr;
  png_infop info = nullptr;
  const uint8_t *next = nullptr, *end = nullptr;
  char text[256] = "";
  std::vector<png_bytep> lines;
  ~Png() { png_destroy_read_struct(&reader, &info, nullptr); }
};

[[noreturn]] void png_failed(png_structp reader, png_const_charp message) {
  auto &png = *static_cast<Png *>(png_get_error_ptr(reader));
  std::snprintf(png.text, sizeof(png.text), "%s", message);
  longjmp(png_jmpbuf(reader), 1);
}

void png_said(png_structp, png_const_charp) {}

void png_take(png_structp reader, png_bytep out, size_t count) {
  auto &png = *static_cast<Png *>(png_get_io_ptr(reader));
  if (static_cast<size_t>(png.end - png.next) < count) {
    png_error(reader, "the file is cut");
  }
  std::memcpy(out, png.next, count);
  png.next += count;
}

bool read_png(Png &png, const uint8_t *data, int64_t bytes, Wanted wanted, Picture &picture) {
  png.next = data;
  png.end = data + bytes;
  png.reader = png_create_read_struct(PNG_LIBPNG_VER_STRING, &png, png_failed, png_said);
  png.info = png.reader == nullptr ? nullptr : png_create_info_struct(png.reader);
  if (png.info == nullptr) {
    std::snprintf(png.text, sizeof(png.text), "libpng cannot be used: its version differs from that of the build, or memory is out");
    return false;
  }
  if (setjmp(png_jmpbuf(png.reader)) != 0) {
    return false;
  }
  png_set_read_fn(png.reader, &png, png_take);
  png_set_user_limits(png.reader, 0x7fffffff, 0x7fffffff);
  png_read_info(png.reader, png.info);
  picture.width = static_cast<int>(png_get_image_width(png.reader, png.info));
  picture.height = static_cast<int>(png_get_image_height(png.reader, png.info));
  if (!fits(picture.width, picture.height)) {
    std::snprintf(png.text, sizeof(png.text), "%s", too_large(picture.width, picture.height).c_str());
    return false;
  }
  if (wanted == Wanted::kSize) {
    return true;
  }
  // Palettes, 1 to 16 bits, grey and transparency all become 8-bit RGB. What lies under transparent pixels is kept, as PyTorch's loaders do.
  png_set_expand(png.reader);
  png_set_strip_16(png.reader);
  png_set_gray_to_rgb(png.reader);
  png_set_strip_alpha(png.reader);
  png_set_interlace_handling(png.reader);
  png_read_update_info(png.reader, png.info);
  if (png_get_rowbytes(png.reader, png.info) != static_cast<size_t>(picture.width) * 3) {
    png_error(png.reader, "is in a pixel format that is not known");
  }
  picture.rgb.resize(static_cast<size_t>(picture.width) * picture.height * 3);
  for (int y = 0; y < picture.height; y++) {
    png.lines.push_back(picture.rgb.data() + static_cast<size_t>(y) * picture.width * 3);
  }
  png_read_image(png.reader, png.lines.data());
  png_read_end(png.reader, nullptr);
  return true;
}

#endif

// The type is found from the content: published sets have PNG files that are called .JPEG.
Outcome read(const uint8_t *data, int64_t bytes, Wanted wanted, Picture &picture, std::string &message) {
  const bool jpeg = bytes >= 3 && data[0] == 0xFF && data[1] == 0xD8 && data[2] == 0xFF;
  const bool png = bytes >= 8 && std::memcmp(data, "\x89PNG\r\n\x1a\n", 8) == 0;
  if (jpeg) {
#ifdef AP_JPEG
    Jpeg file;
    const bool good = read_jpeg(file, data, bytes, wanted, picture);
    message = file.text;
    return good ? kDecoded : kUndecodable;
#else
    message = "JPEG files need libjpeg-turbo, which was not there when this was built";
    return kNotBuiltIn;
#endif
  }
  if (png) {
#ifdef AP_PNG
    Png file;
    const bool good = read_png(file, data, bytes, wanted, picture);
    message = file.text;
    return good ? kDecoded : kUndecodable;
#else
    message = "PNG files need libpng, which was not there when this was built";
    return kNotBuiltIn;
#endif
  }
  message = bytes == 0 ? "is empty" : "is neither a JPEG nor a PNG file";
  return kUndecodable;
}

constexpr int kFraction = 22;

// For each pixel of the result the first source pixel that counts, and the weights of it and those behind it, which sum to about 1 << kFraction.
struct Weights {
  int reach = 0;
  std::vector<int> first, count;
  std::vector<int32_t> values;
};

// Linear interpolation that, where the image shrinks, takes the mean over all that a pixel of the result covers: the triangle filter of Pillow.
Weights triangle(int source, int target, int from, int length) {
  const double scale = static_cast<double>(source) / target, stretch = std::max(scale, 1.0);
  Weights w;
  w.reach = 2 * static_cast<int>(stretch + 1) + 1;
  w.values.assign(static_cast<size_t>(w.reach) * length, 0);
  std::vector<double> shares(static_cast<size_t>(w.reach));
  for (int i = 0; i < length; i++) {
    const double centre = (from + i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - stretch + 0.5)), last = std::min(source, static_cast<int>(centre + stretch + 0.5));
    double sum = 0;
    for (int k = 0; k < last - first; k++) {
      const double distance = (first + k - centre + 0.5) / stretch;
      shares[k] = std::max(0.0, 1 - (distance < 0 ? -distance : distance));
      sum += shares[k];
    }
    for (int k = 0; k < last - first; k++) {
      w.values[static_cast<size_t>(i) * w.reach + k] = static_cast<int32_t>(shares[k] / sum * (1 << kFraction) + 0.5);
    }
    w.first.push_back(first);
    w.count.push_back(last - first);
  }
  return w;
}

uint8_t rounded(int32_t sum) { return static_cast<uint8_t>(std::clamp((sum + (1 << (kFraction - 1))) >> kFraction, 0, 255)); }

// Half of what is cut off, to even: as torchvision's CenterCrop has it.
int half(int cut) { return cut / 2 + ((cut & 1) != 0 && ((cut / 2) & 1) != 0 ? 1 : 0); }

// 3 x height x width out of a picture that is resized to full_width x full_height, of which the centre is taken.
void resize(const Picture &picture, int full_width, int full_height, int width, int height, uint8_t *out) {
  const int left = half(full_width - width), top = half(full_height - height);
  const auto across = triangle(picture.width, full_width, left, width), down = triangle(picture.height, full_height, top, height);
  const int begin = down.first.front(), rows = down.first.back() + down.count.back() - begin;
  std::vector<uint8_t> narrow(static_cast<size_t>(rows) * width * 3);
  for (int y = 0; y < rows; y++) {
    const uint8_t *line = picture.rgb.data() + static_cast<size_t>(begin + y) * picture.width * 3;
    for (int x = 0; x < width; x++) {
      const auto *w = across.values.data() + static_cast<size_t>(x) * across.reach;
      const uint8_t *p = line + static_cast<size_t>(across.first[x]) * 3;
      int32_t r = 0, g = 0, b = 0;
      for (int k = 0; k < across.count[x]; k++, p += 3) {
        r += w[k] * p[0];
        g += w[k] * p[1];
        b += w[k] * p[2];
      }
      uint8_t *to = narrow.data() + (static_cast<size_t>(y) * width + x) * 3;
      to[0] = rounded(r);
      to[1] = rounded(g);
      to[2] = rounded(b);
    }
  }
  for (int y = 0; y < height; y++) {
    const auto *w = down.values.data() + static_cast<size_t>(y) * down.reach;
    const uint8_t *column = narrow.data() + static_cast<size_t>(down.first[y] - begin) * width * 3;
    for (int i = 0; i < width * 3; i++) {
      int32_t sum = 0;
      for (int k = 0; k < down.count[y]; k++) {
        sum += w[k] * column[static_cast<size_t>(k) * width * 3 + i];
      }
      out[(static_cast<size_t>(i % 3) * height + y) * width + i / 3] = rounded(sum);
    }
  }
}

void say(const std::string &text, char *message, int capacity) {
  if (message != nullptr && capacity > 0) {
    std::snprintf(message, static_cast<size_t>(capacity), "%s", text.c_str());
  }
}

template <typename F>
int guarded(char *message, int capacity, F &&body) noexcept {
  try {
    std::string text;
    const int outcome = body(text);
    say(text, message, capacity);
    return outcome;
  } catch (const std::bad_alloc &) {
    // No fault of the file's: the next attempt may succeed.
    say("there was no memory to decode it", message, capacity);
    return kNoMemory;
  } catch (const std::exception &e) {
    say(e.what(), message, capacity);
  } catch (...) {
    say("failed for an unknown reason", message, capacity);
  }
  return kUndecodable;
}

}  // namespace

int ap_image_formats(void) {
  int formats = 0;
#ifdef AP_JPEG
  formats |= 1;
#endif
#ifdef AP_PNG
  formats |= 2;
#endif
  return formats;
}

int ap_image_size(const uint8_t *data, int64_t bytes, int32_t *width, int32_t *height, char *message, int capacity) {
  return guarded(message, capacity, [&](std::string &text) {
    Picture picture;
    const auto outcome = read(data, bytes, Wanted::kSize, picture, text);
    *width = picture.width;
    *height = picture.height;
    return outcome;
  });
}

int ap_image_decode(const uint8_t *data, int64_t bytes, int width, int height, int shorter, uint8_t *pixels, char *message, int capacity) {
  return guarded(message, capacity, [&](std::string &text) {
    Picture picture;
    const auto outcome = read(data, bytes, Wanted::kPixels, picture, text);
    if (outcome != kDecoded) {
      return outcome;
    }
    int full_width = width, full_height = height;
    if (shorter > 0) {
      const int64_t least = std::min(picture.width, picture.height);
      full_width = static_cast<int>(shorter * int64_t{picture.width} / least);
      full_height = static_cast<int>(shorter * int64_t{picture.height} / least);
    }
    if (full_width < width || full_height < height) {
      text = "cannot be cut to " + std::to_string(width) + "x" + std::to_string(height) + " after its shorter side became " + std::to_string(shorter);
      return kUndecodable;
    }
    resize(picture, full_width, full_height, width, height, pixels);
    return kDecoded;
  });
}
