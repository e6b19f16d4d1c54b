extension ConfigurationFile {
    /// What the file gives for a command's settings.
    ///
    /// - Throws: `ConfigurationError` for a key that there is none of, and for a value that is none
    ///   of its kind.
    func settings(of command: CommandSettings) throws -> GivenSettings {
        var given = GivenSettings()
        var lines: [String: Int] = [:]
        for (key, value, line) in entries {
            guard let setting = command[key] else {
                throw ConfigurationError(
                    path,
                    line: line,
                    "there is no setting '\(key)'; \(command.remark(on: key))"
                )
            }
            let name = setting.name
            let place = GivenSettings.FilePlace(file: path, line: line)
            // With dashes and with underscores a name is the same.
            if let first = lines.updateValue(line, forKey: name) {
                throw ConfigurationError(
                    path,
                    line: line,
                    "\(name) is there twice, in line \(first) too"
                )
            }
            if value.isNull { continue }
            if setting.isSwitch {
                guard let isOn = value.truth else {
                    throw ConfigurationError(path, line: line, "\(name) is neither true nor false")
                }
                given.set(.init(name: name, values: ["\(isOn)"], place: place))
                continue
            }
            guard let texts = value.texts else {
                throw ConfigurationError(
                    path,
                    line: line,
                    "\(name) is neither a value nor a list of values"
                )
            }
            if texts.isEmpty { continue }
            let values = setting.isRepeating ? texts : [texts.joined(separator: ",")]
            given.set(.init(name: name, values: values, place: place))
        }
        return given
    }
}
