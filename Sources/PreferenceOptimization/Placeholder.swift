// PreferenceOptimization
