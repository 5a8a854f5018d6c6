{
  "targets": [
    {
      "target_name": "enginery",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake",
          "inputs": ["CMakeLists.txt"],
          "outputs": ["build/Release/enginery.node"],
          "action": ["node", "scripts/native/gyp-action.mjs"]
        }
      ]
    }
  ]
}
