// TorchScript files: a network's forward pass as source, with its tensors in nested modules, so that PyTorch loads it without this library.
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "guard.h"

using ap::make;
using ap::t;

namespace {

using torch::jit::Module;

// Every module of a Python program has this attribute; train() and eval() set it.
Module with_training(Module module) {
  module.register_attribute("training", c10::BoolType::get(), false);
  return module;
}

// The modules by path; the root's is empty.
class Modules {
 public:
  Modules() { made_.emplace("", with_training(Module(c10::QualifiedName("__torch__.actorprune.Network")))); }

  Module &root() { return made_.at(""); }

  Module &at(const std::string &path) {
    const auto found = made_.find(path);
    if (found != made_.end()) {
      return found->second;
    }
    const auto [parent, name] = split(path);
    const auto unit = root()._ivalue()->compilation_unit();
    Module child = with_training(Module(c10::QualifiedName("__torch__.actorprune.Layer"), unit, /*shouldMangle=*/true));
    at(parent).register_module(name, child);
    return made_.emplace(path, child).first->second;
  }

  // "layer1.0.conv1" is "conv1" of "layer1.0".
  static std::pair<std::string, std::string> split(const std::string &path) {
    const auto dot = path.rfind('.');
    return dot == std::string::npos ? std::make_pair(std::string(), path) : std::make_pair(path.substr(0, dot), path.substr(dot + 1));
  }

 private:
  std::map<std::string, Module> made_;
};

void add(Modules &modules, const std::string &path, const at::Tensor &value, int kind) {
  const auto [parent, name] = Modules::split(path);
  auto &module = modules.at(parent);
  TORCH_CHECK(!module.hasattr(name), "the name '", path, "' stands for two things");
  switch (kind) {
    case AP_PARAMETER:
      module.register_parameter(name, value.detach().set_requires_grad(true), /*is_buffer=*/false);
      break;
    case AP_BUFFER:
      module.register_buffer(name, value.detach());
      break;
    case AP_CONSTANT:
      // Neither: it stays out of the state_dict.
      module.register_attribute(name, c10::TensorType::get(), value.detach());
      break;
    default:
      TORCH_CHECK(false, "kind ", kind, " of '", path, "' is unknown");
  }
}

}  // namespace

ap_tensor ap_script_save(const char *source, const char *const *names, const ap_tensor *values, const int *kinds, int count,
                         const char *const *files, const char *const *texts, int file_count) {
  return make([&] {
    Modules modules;
    for (int i = 0; i < count; i++) {
      add(modules, names[i], t(values[i]), kinds[i]);
    }
    modules.root().define(source);
    torch::jit::ExtraFilesMap extra;
    for (int i = 0; i < file_count; i++) {
      extra.emplace(files[i], texts[i]);
    }
    std::ostringstream out;
    modules.root().save(out, extra);
    const auto bytes = out.str();
    auto file = at::empty({static_cast<int64_t>(bytes.size())}, at::kByte);
    std::copy(bytes.begin(), bytes.end(), file.data_ptr<uint8_t>());
    return file;
  });
}

ap_tensor ap_script_forward(const uint8_t *file, int64_t bytes, ap_tensor x) {
  return make([&] {
    std::istringstream in(std::string(reinterpret_cast<const char *>(file), static_cast<size_t>(bytes)));
    auto module = torch::jit::load(in);
    at::NoGradGuard no_grad;
    return module.forward({t(x)}).toTensor();
  });
}
